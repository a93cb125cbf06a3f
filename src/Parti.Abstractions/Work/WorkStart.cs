namespace Parti.Abstractions;

/// <summary>A worker about to begin asks the job for its input.</summary>
/// <param name="Stage">Which stage.</param>
/// <param name="Image">Image index, or <see cref="WorkKey.Prompt"/>.</param>
/// <param name="Epoch">Epoch of the lease.</param>
/// <param name="Worker">Worker id.</param>
/// <param name="HasText">Whether the worker has this job's text states already.</param>
[GenerateSerializer, Immutable, Alias("parti.work-start")]
public sealed record WorkStart(
    [property: Id(0)] Stage Stage,
    [property: Id(1)] int Image,
    [property: Id(2)] long Epoch,
    [property: Id(3)] string Worker,
    [property: Id(4)] bool HasText);

/// <summary>Whether work may begin or go on.</summary>
public enum WorkOutcome
{
    /// <summary>Yes.</summary>
    Go = 0,

    /// <summary>A later lease has it, or it is done.</summary>
    Stale = 1,

    /// <summary>The job was canceled, failed or deleted.</summary>
    Canceled = 2,

    /// <summary>Its input is lost and is being made again; the item will be queued anew.</summary>
    NotReady = 3,
}

/// <summary>Input of one item; which fields are set depends on the stage.</summary>
[GenerateSerializer, Immutable, Alias("parti.work-input")]
public sealed record WorkInput
{
    /// <summary>Prompt.</summary>
    [Id(0)] public required string Prompt { get; init; }

    /// <summary>What the job uses.</summary>
    [Id(1)] public required EffectiveParameters Parameters { get; init; }

    /// <summary>Age of the job; part of the stored path, UTC.</summary>
    [Id(2)] public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Text states (sample, rerank); null when the worker has them.</summary>
    [Id(3)] public TextStates? Text { get; init; }

    /// <summary>Image tokens so far (sample) or all of them (rerank, detokenize).</summary>
    [Id(4)] public int[] Tokens { get; init; } = [];

    /// <summary>Picture of native size (upscale).</summary>
    [Id(5)] public PixelData? Picture { get; init; }

    /// <summary>The picture that the job edits, if it does.</summary>
    [Id(6)] public SourcePicture? Source { get; init; }

    /// <summary>Reports on the way that someone looks at, evenly spread (sample).</summary>
    [Id(7)] public int PartialImages { get; init; }

    /// <summary>Index under which the picture is stored (detokenize, upscale); null for the item's own, which a chosen candidate's is not.</summary>
    [Id(20)] public int? PictureIndex { get; init; }
}

/// <summary>Answer to a <see cref="WorkStart"/>.</summary>
/// <param name="Outcome">Whether to begin.</param>
/// <param name="Input">What with; set on <see cref="WorkOutcome.Go"/>.</param>
[GenerateSerializer, Immutable, Alias("parti.work-start-answer")]
public sealed record WorkStartAnswer([property: Id(0)] WorkOutcome Outcome, [property: Id(1)] WorkInput? Input);

/// <summary>The text encoder's output as it travels between workers.</summary>
/// <param name="States">Encoder states <c>[T, D]</c>, row-major.</param>
/// <param name="Tokens">T, at least 1.</param>
/// <param name="NegativeStates">States of the negative prompt <c>[T', D]</c>, or null.</param>
/// <param name="NegativeTokens">T', or 0.</param>
/// <param name="DroppedTokens">Text tokens cut off because the prompt was too long.</param>
[GenerateSerializer, Immutable, Alias("parti.text-states")]
public sealed record TextStates(
    [property: Id(0)] float[] States,
    [property: Id(1)] int Tokens,
    [property: Id(2)] float[]? NegativeStates,
    [property: Id(3)] int NegativeTokens,
    [property: Id(4)] int DroppedTokens)
{
    /// <summary>Image tokens of the picture that the job edits, -1 where its mask leaves one open; null where there is none.</summary>
    [Id(5)] public int[]? SourceTokens { get; init; }
}

/// <summary>An opaque picture, 8 bits a channel, as it travels between workers; at most 1 MB.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Rgb">Row-major, <c>3 · Width · Height</c> bytes.</param>
[GenerateSerializer, Immutable, Alias("parti.pixel-data")]
public sealed record PixelData(
    [property: Id(0)] int Width,
    [property: Id(1)] int Height,
    [property: Id(2)] byte[] Rgb);
