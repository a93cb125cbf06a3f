using Parti.Training.Runs;

namespace Parti.Training.Trainers;

/// <summary>Some steps of a transformer's training that are alike.</summary>
public sealed record TransformerPhase
{
    /// <summary>Steps, at least 1.</summary>
    public required long Steps { get; init; }

    /// <summary>Whether the text encoder trains alone, which costs a third for twice the captions.</summary>
    public bool TextAlone { get; init; }

    /// <summary>Whether only relations are shown; other captions say nothing of places.</summary>
    public bool RelationsOnly { get; init; }

    /// <summary>
    /// Share, 0 to 1, of the relations that are passed over because they name the right or lower object first. Which object is on which side
    /// depends on the word and on the order of mention at once; a skewed order makes one of the two tell something by itself.
    /// </summary>
    public double ReadingOrder { get; init; }

    /// <summary>
    /// Whether the text encoder also learns which codes the picture holds and where (<see cref="CodeSketch"/>), which is what it learns from
    /// where it trains alone. It helps where pictures are made of few, telling codes.
    /// </summary>
    public bool Sketch { get; init; }

    /// <summary>With <see cref="Sketch"/>, weight of the codes that the picture holds against their places: 0 to 1.</summary>
    public double Presence { get; init; }

    /// <summary>
    /// Share, 0 to 1, of input tokens replaced by others, so that the decoder learns to recover from an odd token. A random code in the
    /// context looks like one object more, so it is for the beginning alone.
    /// </summary>
    public double ReplacedTokens { get; init; }

    /// <summary>
    /// Share, 0 to 1, of text tokens hidden behind the unknown piece, each by itself: what is left of a caption must still do its part, so that
    /// words which training never shows together are more likely to work together.
    /// </summary>
    public double HiddenWords { get; init; }

    /// <summary>
    /// How many times as much as the others the first token weighs: it decides the background, which the others copy. Weights of positions
    /// leave every token's best prediction what it is.
    /// </summary>
    public double FirstTokenWeight { get; init; } = 1;

    internal void Validate(string name)
    {
        Settings.Range($"{name}.steps", Steps, 1, 1e12);
        Settings.Range($"{name}.reading_order", ReadingOrder, 0, 1);
        Settings.Range($"{name}.presence", Presence, 0, 1);
        Settings.Range($"{name}.replaced_tokens", ReplacedTokens, 0, 1);
        Settings.Range($"{name}.hidden_words", HiddenWords, 0, 1);
        Settings.Range($"{name}.first_token_weight", FirstTokenWeight, 0, 1e6);
        Settings.Require($"{name}.text_alone", Sketch || !TextAlone, TextAlone, "false without sketch: the text encoder would learn from nothing");
    }

    /// <summary>The phase of a step.</summary>
    /// <param name="phases">At least one; the last goes on for ever.</param>
    /// <param name="step">Step number from 0.</param>
    public static TransformerPhase At(IReadOnlyList<TransformerPhase> phases, long step)
    {
        int index = 0;
        for (long end = phases[0].Steps; step >= end && index < phases.Count - 1; end += phases[index].Steps)
        {
            index++;
        }
        return phases[index];
    }
}
