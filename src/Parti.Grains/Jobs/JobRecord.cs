using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>
/// The durable truth about one job. Immutable: <see cref="JobStateMachine"/> makes the next one.
/// What is marked "in memory" is false after a restart and is made again.
/// </summary>
public sealed record JobRecord
{
    /// <summary>Whose and which.</summary>
    public required JobKey Key { get; init; }

    /// <summary>The body as submitted; a second submit is compared with it.</summary>
    public required GenerationRequest Request { get; init; }

    /// <summary>Model name.</summary>
    public required string Model { get; init; }

    /// <summary>What the job uses.</summary>
    public required EffectiveParameters Parameters { get; init; }

    /// <summary>Image tokens of a complete image.</summary>
    public required int TokensTotal { get; init; }

    /// <summary>Edge of the detokenizer's picture in pixels.</summary>
    public required int NativeSize { get; init; }

    /// <summary>State of the whole job.</summary>
    public required JobState State { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When a worker first began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it became terminal.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The lease on the prompt, while one is held.</summary>
    public WorkHold? PromptHold { get; init; }

    /// <summary>Reports about the prompt with an older epoch are refused.</summary>
    public long PromptEpoch { get; init; }

    /// <summary>Whether the text states are at hand. In memory.</summary>
    [JsonIgnore]
    public bool TextReady { get; init; }

    /// <summary>Text tokens at the prompt's end that the model does not read; known once the prompt was encoded.</summary>
    public int DroppedTokens { get; init; }

    /// <summary>Text tokens that the model reads; known once the prompt was encoded.</summary>
    public int PromptTokens { get; init; }

    /// <summary>The images, by index; in a job that chooses, the candidates (<see cref="JobPictures"/>).</summary>
    public required ImmutableArray<ImageRecord> Images { get; init; }

    /// <summary>The workers that took the job up.</summary>
    public ImmutableArray<AttemptSnapshot> Attempts { get; init; } = [];

    /// <summary>Attempts lost one after the other without any progress between them.</summary>
    public int LostInARow { get; init; }

    /// <summary>Wall time per stage that has begun.</summary>
    public ImmutableDictionary<Stage, StageSpan> Spans { get; init; } = ImmutableDictionary<Stage, StageSpan>.Empty;

    /// <summary>Time that images waited before each stage.</summary>
    public ImmutableDictionary<Stage, StageWait> Waits { get; init; } = ImmutableDictionary<Stage, StageWait>.Empty;

    /// <summary>Why it failed.</summary>
    public JobError? Error { get; init; }

    /// <summary>The telling of the job's end; null while it has not ended and where nobody asked for it.</summary>
    public WebhookRecord? Webhook { get; init; }

    /// <summary>Grows with every change.</summary>
    public long Version { get; init; }

    /// <summary>Whether the pictures are chosen among more candidates.</summary>
    [JsonIgnore]
    public bool Chooses => Parameters.BestOf is not null;

    /// <summary>The stage after which a picture is stored.</summary>
    [JsonIgnore]
    public Stage LastStage => Parameters.Size == NativeSize ? Stage.Detokenize : Stage.Upscale;

    /// <summary>Worker, epoch and fence of one item.</summary>
    public (WorkHold? Hold, long Epoch) HoldOf(int image) =>
        image == WorkKey.Prompt ? (PromptHold, PromptEpoch) : (Images[image].Hold, Images[image].Epoch);

    /// <summary>The same record with one image replaced.</summary>
    public JobRecord With(ImageRecord image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return this with { Images = Images.SetItem(image.Index, image) };
    }

    /// <summary>The same record with the lease and fence of one item replaced.</summary>
    public JobRecord WithHold(int image, WorkHold? hold, long epoch) => image == WorkKey.Prompt
        ? this with { PromptHold = hold, PromptEpoch = epoch }
        : With(Images[image] with { Hold = hold, Epoch = epoch, Worker = hold?.Worker ?? Images[image].Worker });
}

/// <summary>One image of a job.</summary>
public sealed record ImageRecord
{
    /// <summary>Index within the job; with the seed it fixes every random number.</summary>
    public required int Index { get; init; }

    /// <summary>What a candidate is chosen by; null until it is scored, and where nothing is chosen.</summary>
    public double? Score { get; init; }

    /// <summary>Index of the picture that a chosen candidate becomes; null before the choice, for those left out and where nothing is chosen.</summary>
    public int? Rank { get; init; }

    /// <summary>State of this image; a candidate that is left out has succeeded.</summary>
    public JobState State { get; init; }

    /// <summary>The stage it is in or waits for.</summary>
    public Stage Stage { get; init; } = Stage.Sample;

    /// <summary>Tokens kept.</summary>
    public TokenArray Tokens { get; init; } = TokenArray.Empty;

    /// <summary>The lease, while one is held.</summary>
    public WorkHold? Hold { get; init; }

    /// <summary>Reports with an older epoch are refused.</summary>
    public long Epoch { get; init; }

    /// <summary>The worker that has or last had it.</summary>
    public string? Worker { get; init; }

    /// <summary>Since when it waits for its stage; null while it is worked on or its input is not there.</summary>
    public DateTimeOffset? ReadyAt { get; init; }

    /// <summary>Whether the picture of native size is at hand. In memory.</summary>
    [JsonIgnore]
    public bool PictureReady { get; init; }

    /// <summary>Path of the stored bytes.</summary>
    public string? Url { get; init; }

    /// <summary>SHA-256 of the stored bytes.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Pixels.</summary>
    public int? Width { get; init; }

    /// <summary>Pixels.</summary>
    public int? Height { get; init; }
}

/// <summary>How far the telling of a job's end is.</summary>
public sealed record WebhookRecord
{
    /// <summary>Names the message; the same at every try, so that a receiver knows a repeat.</summary>
    public required string MessageId { get; init; }

    /// <summary>Tries so far.</summary>
    public int Attempts { get; init; }

    /// <summary>When it is tried next; null when it is not.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>Whether the destination took it.</summary>
    public bool Delivered { get; init; }

    /// <summary>HTTP status of the last try.</summary>
    public int? LastStatus { get; init; }

    /// <summary>Why the last try failed.</summary>
    public string? LastError { get; init; }
}

/// <summary>A lease as the job knows it.</summary>
/// <param name="Stage">Of which stage's queue.</param>
/// <param name="Worker">Whose.</param>
/// <param name="Epoch">Its fence.</param>
/// <param name="Attempt">Number of the attempt it is part of; a worker that was lost and came back has several.</param>
public sealed record WorkHold(Stage Stage, string Worker, long Epoch, int Attempt);

/// <summary>Wall time of a stage over all images.</summary>
/// <param name="From">First start.</param>
/// <param name="To">Last end, or null while none ended.</param>
public sealed record StageSpan(DateTimeOffset From, DateTimeOffset? To);
