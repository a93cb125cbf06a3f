using Parti.Abstractions;

namespace Parti.Client;

/// <summary>Everything about a generation but its prompt. What is left out takes the model's defaults.</summary>
public sealed record GenerationOptions
{
    /// <summary>Model name; null for the default model.</summary>
    public string? Model { get; init; }

    /// <summary>Number of images, 1 to 64.</summary>
    public int N { get; init; } = 1;

    /// <summary>Candidates of which the best <see cref="N"/> become pictures, best first: N to 64; null or 1 for no choice.</summary>
    public int? BestOf { get; init; }

    /// <summary>Seed; null draws one.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Guidance scale, 0 to 50; 1 means none.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>Temperature, 0 to 10; 0 takes the likeliest token.</summary>
    public double? Temperature { get; init; }

    /// <summary>Candidates kept per token, 0 for all.</summary>
    public int? TopK { get; init; }

    /// <summary>Probability mass kept per token, above 0 to 1.</summary>
    public double? TopP { get; init; }

    /// <summary>What the picture should not show.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>Edge in pixels such as <c>256</c>, or <c>native</c>; null for the model's usual size.</summary>
    public string? Size { get; init; }

    /// <summary>Format of the pictures.</summary>
    public OutputFormat OutputFormat { get; init; } = OutputFormat.Png;

    /// <summary>How urgent.</summary>
    public JobPriority Priority { get; init; } = JobPriority.Normal;

    /// <summary>Told of every event of the job, in order; must return soon.</summary>
    public Action<JobEvent>? OnEvent { get; init; }

    /// <summary>The request for a prompt with these options.</summary>
    public GenerationRequest ToRequest(string prompt) => new()
    {
        Prompt = prompt,
        Model = Model,
        N = N,
        BestOf = BestOf,
        Seed = Seed,
        GuidanceScale = GuidanceScale,
        Temperature = Temperature,
        TopK = TopK,
        TopP = TopP,
        NegativePrompt = NegativePrompt,
        Size = Size,
        OutputFormat = OutputFormat,
        Priority = Priority,
    };
}

/// <summary>A finished job with its pictures.</summary>
/// <param name="Job">The job at its end.</param>
/// <param name="Images">One per image, by index.</param>
public sealed record GenerationResult(JobSnapshot Job, IReadOnlyList<GeneratedImage> Images);

/// <summary>One finished picture.</summary>
/// <param name="Index">Index within the job.</param>
/// <param name="Seed">The job's seed.</param>
/// <param name="Bytes">The stored bytes.</param>
/// <param name="Format">Their format.</param>
/// <param name="Sha256">SHA-256 of the bytes, hexadecimal lower case.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public sealed record GeneratedImage(int Index, ulong Seed, ReadOnlyMemory<byte> Bytes, OutputFormat Format, string Sha256, int Width, int Height);
