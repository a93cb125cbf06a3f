using System.Collections.Immutable;
using System.Globalization;

namespace Parti.Training.Scenes;

/// <summary>Says in one line where a text leaves the scene grammar.</summary>
/// <param name="message">That line.</param>
internal sealed class SceneGrammarException(string message) : Exception(message);

/// <summary>Walks over the words of a prompt and knows the vocabulary. A failed <c>Try</c> consumes nothing.</summary>
internal sealed class SceneWordReader
{
    private const int MaxShownWord = 24;

    private static readonly char[] Separators = [' ', '\t', '\r', '\n', ','];

    private readonly string[] _words;
    private int _next;

    internal SceneWordReader(string text) =>
        _words = text.ToLowerInvariant().TrimEnd(' ', '\t', '\r', '\n', '.').Split(Separators, StringSplitOptions.RemoveEmptyEntries);

    internal static string ColorChoice { get; } = "a color (" + string.Join(", ", SceneVocabulary.Colors.Select(row => row.Word)) + ")";

    /// <summary>True where a background clause begins; the word "with" alone may also begin an object.</summary>
    internal bool AtBackground
    {
        get
        {
            int start = _next;
            bool found = TryBackground() is not null;
            _next = start;
            return found;
        }
    }

    private static string ShapeChoice(bool plural) =>
        "a shape (" + string.Join(", ", SceneVocabulary.Shapes.Select(row => plural ? row.Plural : row.Singular)) + ")";

    internal bool TryWords(string phrase)
    {
        string[] expected = phrase.Split(' ');
        if (!_words.AsSpan(_next).StartsWith(expected))
        {
            return false;
        }

        _next += expected.Length;
        return true;
    }

    internal void Expect(string phrase, string? expected = null)
    {
        if (!TryWords(phrase))
        {
            throw Unexpected(expected ?? $"'{phrase}'");
        }
    }

    internal void ExpectEnd()
    {
        if (_next < _words.Length)
        {
            throw Unexpected("the end of the prompt");
        }
    }

    internal Background? TryBackground()
    {
        int start = _next;
        if (SceneCaptions.BackgroundPrepositions.Any(TryWords) && TryWords("a"))
        {
            int index = IndexOf(SceneVocabulary.Backgrounds.Select(row => row.Words));
            index = index < 0 && TryWords("grey") ? (int)Background.Gray : index;
            if (index >= 0 && TryWords("background"))
            {
                return (Background)index;
            }
        }

        _next = start;
        return null;
    }

    internal Relation? TryRelation(bool its)
    {
        for (int relation = 0; relation < SceneVocabulary.Relations.Length; relation++)
        {
            (ImmutableArray<string> of, ImmutableArray<string> after) = SceneVocabulary.Relations[relation];
            if ((its ? after : of).Any(TryWords))
            {
                return (Relation)relation;
            }
        }

        return null;
    }

    internal int? TryCount()
    {
        for (int count = SceneVocabulary.MinCount; count <= SceneVocabulary.MaxCount; count++)
        {
            if (TryWords(SceneVocabulary.Numbers[count]) || TryWords(count.ToString(CultureInfo.InvariantCulture)))
            {
                return count;
            }
        }

        return null;
    }

    internal ObjectSize? TrySize() => Known<ObjectSize>(IndexOf(SceneVocabulary.Sizes.Select(row => row.Word)));

    internal ObjectColor? TryColor() => Known<ObjectColor>(IndexOf(SceneVocabulary.Colors.Select(row => row.Word)));

    internal Shape? TryShape(bool plural) =>
        Known<Shape>(IndexOf(SceneVocabulary.Shapes.Select(row => plural ? row.Plural : row.Singular)));

    internal ObjectColor ExpectColor() => TryColor() ?? throw Unexpected(ColorChoice);

    internal Shape ExpectShape(bool plural) => TryShape(plural) ?? throw Unexpected(ShapeChoice(plural));

    internal SceneGrammarException Unexpected(string expected)
    {
        if (_next >= _words.Length)
        {
            return new SceneGrammarException($"the prompt ends where {expected} should follow");
        }

        string word = _words[_next];
        string shown = word.Length <= MaxShownWord ? word : word[..MaxShownWord] + "...";
        return new SceneGrammarException($"word {_next + 1} is '{shown}' where {expected} should be");
    }

    private static T? Known<T>(int index)
        where T : struct, Enum => index < 0 ? null : (T)Enum.ToObject(typeof(T), index);

    private int IndexOf(IEnumerable<string> phrases)
    {
        int index = 0;
        foreach (string phrase in phrases)
        {
            if (TryWords(phrase))
            {
                return index;
            }

            index++;
        }

        return -1;
    }
}
