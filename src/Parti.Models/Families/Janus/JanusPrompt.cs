using Parti.Models.Text;
using Parti.Models.Text.ByteLevel;

namespace Parti.Models.Families.Janus;

/// <summary>
/// A prompt as Janus reads it: the user's turn, the begin of the assistant's, the begin of an image. Ids of a prompt that is too long are cut
/// at the end of the user's text, so that the form stays.
/// </summary>
public sealed class JanusPrompt : ITextTokenizer
{
    /// <summary>The mark that begins every prompt, where the tokenizer has it.</summary>
    public const string BeginMark = "<｜begin▁of▁sentence｜>";

    /// <summary>The mark that takes the place of words in an unconditional prompt.</summary>
    public const string PadMark = "<｜▁pad▁｜>";

    /// <summary>The mark behind which the image begins.</summary>
    public const string ImageMark = "<begin_of_image>";

    private readonly ByteLevelTokenizer _tokenizer;
    private readonly string _userRole, _turn;

    /// <summary>Puts a tokenizer behind the prompt form.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="userRole">What the user's turn begins with: <c>&lt;|User|&gt;</c> for Janus-Pro, <c>User</c> for Janus-1.3B.</param>
    /// <param name="assistantRole">What the assistant's turn begins with.</param>
    /// <exception cref="InvalidDataException">The tokenizer has no padding or no begin of an image.</exception>
    public JanusPrompt(ByteLevelTokenizer tokenizer, string userRole, string assistantRole)
    {
        (_tokenizer, _userRole, _turn) = (tokenizer, userRole, $"\n\n{assistantRole}:{ImageMark}");
        PadId = Require(PadMark);
        ImageId = Require(ImageMark);
        BeginId = tokenizer.IdOf(BeginMark) ?? -1;
    }

    /// <inheritdoc />
    public int VocabularySize => _tokenizer.VocabularySize;

    /// <inheritdoc />
    public int PadId { get; }

    /// <summary>Id of <see cref="ImageMark"/>.</summary>
    public int ImageId { get; }

    /// <summary>Id of <see cref="BeginMark"/>, −1 where the tokenizer has none.</summary>
    public int BeginId { get; }

    /// <inheritdoc />
    public TextTokens Encode(string text, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        string read = text.Length > TextTokenizer.CharacterLimit ? text[..TextTokenizer.CharacterLimit] : text;
        List<int> ids = BeginId < 0 ? [] : [BeginId];
        ids.AddRange(_tokenizer.Encode($"{_userRole}: {read}{_turn}"));
        int dropped = ids.Count - maxTokens;
        if (dropped <= 0)
        {
            return new TextTokens([.. ids], 0);
        }
        List<int> turn = _tokenizer.Encode(_turn);
        int kept = Math.Max(0, maxTokens - turn.Count);
        return new TextTokens([.. ids[..kept], .. turn[^(maxTokens - kept)..]], dropped);
    }

    private int Require(string mark) => _tokenizer.IdOf(mark) ?? throw new InvalidDataException($"The tokenizer has no token \"{mark}\"; it is not of a Janus.");
}
