namespace Parti.Models.Text;

/// <summary>Turns a prompt into the ids that a model's text side reads. Safe for concurrent use.</summary>
public interface ITextTokenizer
{
    /// <summary>Number of ids; every id is in 0 to one less.</summary>
    int VocabularySize { get; }

    /// <summary>The id that fills a row up to its fixed length.</summary>
    int PadId { get; }

    /// <summary>Encodes a prompt.</summary>
    /// <param name="text">Any text; may be empty.</param>
    /// <param name="maxTokens">Most ids to return, at least 1.</param>
    /// <returns>1 to <paramref name="maxTokens"/> ids.</returns>
    /// <exception cref="PromptException">The model cannot read this prompt.</exception>
    TextTokens Encode(string text, int maxTokens);

    /// <summary>Where the words of a prompt are among its ids.</summary>
    /// <param name="text">As of <see cref="Encode"/>.</param>
    /// <param name="maxTokens">As of <see cref="Encode"/>; words that are cut are left out.</param>
    /// <returns>Words in order; null, the default, where ids do not belong to words.</returns>
    IReadOnlyList<TextWord>? Words(string text, int maxTokens) => null;

    /// <summary>What stands for no prompt in the guidance of a prompt, in families where that depends on the prompt.</summary>
    /// <param name="prompt">The prompt, encoded.</param>
    /// <returns>Null, the default, where the empty text stands for it.</returns>
    TextTokens? Unconditional(TextTokens prompt) => null;
}
