namespace Parti.Abstractions;

/// <summary>A worker tells the job what happened under a lease. Every report carries the epoch; an older one is refused.</summary>
[GenerateSerializer, Immutable, Alias("parti.work-report")]
public abstract record WorkReport
{
    /// <summary>Which stage.</summary>
    [Id(0)] public Stage Stage { get; init; }

    /// <summary>Image index, or <see cref="WorkKey.Prompt"/>.</summary>
    [Id(1)] public int Image { get; init; }

    /// <summary>Epoch of the lease.</summary>
    [Id(2)] public long Epoch { get; init; }

    /// <summary>Worker id.</summary>
    [Id(3)] public string Worker { get; init; } = "";
}

/// <summary>The prompt is encoded.</summary>
[GenerateSerializer, Immutable, Alias("parti.encoded-report")]
public sealed record EncodedReport : WorkReport
{
    /// <summary>The text states.</summary>
    [Id(0)] public required TextStates Text { get; init; }
}

/// <summary>More image tokens.</summary>
[GenerateSerializer, Immutable, Alias("parti.tokens-report")]
public sealed record TokensReport : WorkReport
{
    /// <summary>Position of the first token of <see cref="Tokens"/>; a report that leaves a gap is refused.</summary>
    [Id(0)] public required int Position { get; init; }

    /// <summary>The tokens, raster order.</summary>
    [Id(1)] public required int[] Tokens { get; init; }

    /// <summary>Whether the image is complete with these.</summary>
    [Id(2)] public required bool Complete { get; init; }

    /// <summary>Whether the worker goes on with a complete image under the same lease.</summary>
    [Id(3)] public bool Continues { get; init; }
}

/// <summary>A candidate is scored.</summary>
[GenerateSerializer, Immutable, Alias("parti.scored-report")]
public sealed record ScoredReport : WorkReport
{
    /// <summary>What candidates are put in order by, highest first; finite.</summary>
    [Id(0)] public required double Score { get; init; }
}

/// <summary>Tokens became a picture that still has to be enlarged.</summary>
[GenerateSerializer, Immutable, Alias("parti.detokenized-report")]
public sealed record DetokenizedReport : WorkReport
{
    /// <summary>The picture, native size; null where the worker keeps it and goes on with it under the same lease.</summary>
    [Id(0)] public required PixelData? Picture { get; init; }
}

/// <summary>The picture is stored; its bytes were durable before this was said.</summary>
[GenerateSerializer, Immutable, Alias("parti.stored-report")]
public sealed record StoredReport : WorkReport
{
    /// <summary>Path in the result store.</summary>
    [Id(0)] public required string Url { get; init; }

    /// <summary>SHA-256 of the stored bytes, hexadecimal lower case.</summary>
    [Id(1)] public required string Sha256 { get; init; }

    /// <summary>Pixels.</summary>
    [Id(2)] public required int Width { get; init; }

    /// <summary>Pixels.</summary>
    [Id(3)] public required int Height { get; init; }

    /// <summary>Milliseconds spent encoding and storing the file, at the end of the stage.</summary>
    [Id(4)] public required long StoreMs { get; init; }
}

/// <summary>The item cannot be done.</summary>
[GenerateSerializer, Immutable, Alias("parti.failed-report")]
public sealed record FailedReport : WorkReport
{
    /// <summary>Why.</summary>
    [Id(0)] public required JobError Error { get; init; }

    /// <summary>True where another worker may succeed; then it counts as a lost attempt.</summary>
    [Id(1)] public required bool Retryable { get; init; }
}

/// <summary>The worker gives the item up on purpose, with the tokens so far; it counts as no loss.</summary>
[GenerateSerializer, Immutable, Alias("parti.handed-over-report")]
public sealed record HandedOverReport : WorkReport
{
    /// <summary>Position of the first token of <see cref="Tokens"/>.</summary>
    [Id(0)] public required int Position { get; init; }

    /// <summary>Tokens not reported before.</summary>
    [Id(1)] public required int[] Tokens { get; init; }
}

/// <summary>The queue saw a lease expire. Sent by the queue, not by the worker.</summary>
[GenerateSerializer, Immutable, Alias("parti.lease-lost-report")]
public sealed record LeaseLostReport : WorkReport;
