using Parti.Training.Scenes;

namespace Parti.Training.Evaluation;

/// <summary>What is scored.</summary>
public record EvaluationOptions
{
    /// <summary>Prompts a category, at least 1.</summary>
    public required int Prompts { get; init; }

    /// <summary>Of prompts and samples; the same for every setting.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Splits, in the order of the rows.</summary>
    public required IReadOnlyList<SceneSplit> Splits { get; init; }

    /// <summary>Settings, in the order of the rows.</summary>
    public required IReadOnlyList<SamplingSetting> Settings { get; init; }
}

/// <summary>Which pictures a row scores.</summary>
public enum ScoredPictures
{
    /// <summary>The image tokenizer's reconstructions of the drawn scenes.</summary>
    Ceiling,

    /// <summary>One sample a prompt.</summary>
    Model,

    /// <summary>The best of several samples a prompt.</summary>
    Best,

    /// <summary>Drawn scenes of the next caption.</summary>
    Floor,
}

/// <summary>How far a score is.</summary>
/// <param name="What">What is being scored, a few words.</param>
/// <param name="Done">Pictures done.</param>
/// <param name="Total">Pictures in all.</param>
public sealed record EvaluationProgress(string What, int Done, int Total);
