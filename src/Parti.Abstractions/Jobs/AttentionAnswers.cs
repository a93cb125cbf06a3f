namespace Parti.Abstractions;

/// <summary>What became of a question for a word's attention.</summary>
public enum AttentionOutcome
{
    /// <summary>The map is there.</summary>
    Done = 0,

    /// <summary>The prompt has no such word that the model reads.</summary>
    UnknownWord = 1,

    /// <summary>The image's tokens are not all there.</summary>
    NotReady = 2,

    /// <summary>Nobody can answer now; later it may be possible.</summary>
    Busy = 3,

    /// <summary>The model that made the image has no such maps, or is not served any more.</summary>
    Unsupported = 4,
}

/// <summary>A finished image and one of its prompt's words.</summary>
[GenerateSerializer, Immutable, Alias("parti.attention-question")]
public sealed record AttentionQuestion
{
    /// <summary>Model name.</summary>
    [Id(0)] public required string Model { get; init; }

    /// <summary>Hash of the model that made the image; another one's maps would be of something else.</summary>
    [Id(1)] public required string ModelHash { get; init; }

    /// <summary>The prompt.</summary>
    [Id(2)] public required string Prompt { get; init; }

    /// <summary>All image tokens, raster order.</summary>
    [Id(3)] public required int[] Tokens { get; init; }

    /// <summary>The word, in any case.</summary>
    [Id(4)] public required string Word { get; init; }
}

/// <summary>Where a word drew attention.</summary>
[GenerateSerializer, Immutable, Alias("parti.attention-answer")]
public sealed record AttentionAnswer
{
    /// <summary>What became of the question.</summary>
    [Id(0)] public required AttentionOutcome Outcome { get; init; }

    /// <summary>Columns and rows of the map; 0 unless done.</summary>
    [Id(1)] public int Side { get; init; }

    /// <summary>Weights of the map, row-major, 0 to 1; empty unless done.</summary>
    [Id(2)] public float[] Weights { get; init; } = [];

    /// <summary>Words that can be asked for; known when done or the word is not.</summary>
    [Id(3)] public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Why there is no map, one line; null when done.</summary>
    [Id(4)] public string? Reason { get; init; }
}
