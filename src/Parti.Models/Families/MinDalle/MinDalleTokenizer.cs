using System.Text;
using System.Text.Json;
using Parti.Models.Text;

namespace Parti.Models.Families.MinDalle;

/// <summary>
/// The text front end of DALL·E mini and mega: emoji spelt in English, lower case, ASCII alone, words between blanks, each begun by a
/// mark that is a symbol of its own, cut by a table of merges.
/// </summary>
/// <remarks>
/// As in the original, other white space stays inside words and becomes unknown, and a prompt that is too long loses its end id.
/// </remarks>
public sealed class MinDalleTokenizer : ITextTokenizer
{
    /// <summary>Longest file that is read, in bytes: 64 MiB, some hundred times the published ones.</summary>
    public const int FileLimit = 64 << 20;

    private const char WordMark = '\u0120';
    private const char KelvinSign = '\u212A', DottedCapitalI = '\u0130';

    private readonly Dictionary<string, int> _ids;
    private readonly MergeRanks _merges;
    private readonly int _start, _end, _unknown;

    private MinDalleTokenizer(Dictionary<string, int> ids, MergeRanks merges)
    {
        (_ids, _merges) = (ids, merges);
        (_start, PadId, _end, _unknown) = (Special("<s>"), Special("<pad>"), Special("</s>"), Special("<unk>"));
        VocabularySize = ids.Values.Max() + 1;
    }

    /// <inheritdoc />
    public int VocabularySize { get; }

    /// <inheritdoc />
    public int PadId { get; }

    /// <summary>Loads the two published files.</summary>
    /// <param name="vocabulary"><c>vocab.json</c>: an object from piece to id.</param>
    /// <param name="merges"><c>merges.txt</c>: a heading, then a pair a line.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="InvalidDataException">A file is not of its form; the message names it and says why.</exception>
    public static MinDalleTokenizer Load(string vocabulary, string merges)
    {
        Dictionary<string, int> ids = Parsed(vocabulary, Vocabulary);
        MergeRanks ranks = Parsed(merges, bytes => MergeRanks.Parse(Encoding.UTF8.GetString(bytes)));
        return Parsed(vocabulary, ids, given => new MinDalleTokenizer(given, ranks));
    }

    /// <inheritdoc />
    /// <remarks>The ids are start, pieces, end, of which the first <paramref name="maxTokens"/> are kept.</remarks>
    public TextTokens Encode(string text, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        List<int> ids = [_start, .. Split(text).SelectMany(Pieces), _end];
        int kept = Math.Min(ids.Count, maxTokens);
        return new TextTokens([.. ids[..kept]], ids.Count - kept);
    }

    /// <inheritdoc />
    public IReadOnlyList<TextWord>? Words(string text, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        (List<TextWord> words, _) = TextWord.Collect(Split(text), (_, word) => Pieces(word));
        return [.. words.Select(word => word with { First = word.First + 1 }).Where(word => word.First + word.Count <= maxTokens)];
    }

    /// <inheritdoc />
    /// <remarks>The first and the last id of the prompt as it was cut; of a prompt that was not cut these are the empty text's.</remarks>
    public TextTokens? Unconditional(TextTokens prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return prompt.Dropped == 0 ? null : new TextTokens([prompt.Ids[0], prompt.Ids[^1]], 0);
    }

    private static string[] Split(string text) => Ascii(text).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private List<int> Pieces(string word) => [.. _merges.Cut(WordMark + word).Select(piece => _ids.GetValueOrDefault(piece, _unknown))];

    // Two characters outside ASCII have a lower-case form with an ASCII letter in it.
    private static string Ascii(string text)
    {
        StringBuilder kept = new();
        foreach (char character in EmojiNames.Shared.Spell(text[..Math.Min(text.Length, TextTokenizer.CharacterLimit)]))
        {
            char ascii = character switch { KelvinSign => 'k', DottedCapitalI => 'i', _ => character };
            if (char.IsAscii(ascii))
            {
                kept.Append(char.ToLowerInvariant(ascii));
            }
        }

        return kept.ToString();
    }

    private static Dictionary<string, int> Vocabulary(byte[] json)
    {
        try
        {
            Dictionary<string, int> ids = JsonSerializer.Deserialize(json, MinDalleJson.Default.DictionaryStringInt32) ?? [];
            return ids.Values.All(id => id >= 0) ? ids : throw new InvalidDataException("an id is negative");
        }
        catch (JsonException)
        {
            throw new InvalidDataException("it is no JSON object from pieces to ids");
        }
    }

    private static T Parsed<T>(string path, Func<byte[], T> parse) => Parsed(path, ReadBytes(path), parse);

    private static T Parsed<TFrom, T>(string path, TFrom from, Func<TFrom, T> parse)
    {
        try
        {
            return parse(from);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path} cannot be used: {error.Message}.", error);
        }
    }

    private static byte[] ReadBytes(string path)
    {
        long length = new FileInfo(path).Length;
        return length <= FileLimit ? File.ReadAllBytes(path) : throw new InvalidDataException($"{path} has {length} bytes; at most {FileLimit} are read.");
    }

    private int Special(string piece) =>
        _ids.TryGetValue(piece, out int id) ? id : throw new InvalidDataException($"piece \"{piece}\" is missing");
}
