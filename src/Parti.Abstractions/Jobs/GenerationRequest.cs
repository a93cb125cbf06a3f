using System.Text.Json.Serialization;

namespace Parti.Abstractions;

/// <summary>
/// What a caller asks for. Everything but the prompt may be left out; the model's own defaults then apply.
/// Two requests are the same body when they are equal as values.
/// </summary>
[GenerateSerializer, Immutable, Alias("parti.generation-request")]
public sealed record GenerationRequest
{
    /// <summary>What to draw; not blank, at most 16 KiB of UTF-8.</summary>
    [Id(0)] public required string Prompt { get; init; }

    /// <summary>Model name; null for the default model.</summary>
    [Id(1)] public string? Model { get; init; }

    /// <summary>Number of images, 1 to 64.</summary>
    [Id(2)] public int N { get; init; } = 1;

    /// <summary>Seed of every random number; null draws one, which the job then reports.</summary>
    [Id(3)] public ulong? Seed { get; init; }

    /// <summary>Guidance scale, 0 to 50; 1 means none.</summary>
    [Id(4)] public double? GuidanceScale { get; init; }

    /// <summary>Temperature, 0 to 10; 0 takes the likeliest token.</summary>
    [Id(5)] public double? Temperature { get; init; }

    /// <summary>Candidates kept per token, 0 for all.</summary>
    [Id(6)] public int? TopK { get; init; }

    /// <summary>Probability mass kept per token, above 0 to 1.</summary>
    [Id(7)] public double? TopP { get; init; }

    /// <summary>What the picture should not show; null or empty for none.</summary>
    [Id(8)] public string? NegativePrompt { get; init; }

    /// <summary>Edge in pixels such as <c>256</c>, or <c>native</c>; null for the model's usual size.</summary>
    [Id(9)] public string? Size { get; init; }

    /// <summary>Format of the stored pictures.</summary>
    [Id(10)] public OutputFormat OutputFormat { get; init; } = OutputFormat.Png;

    /// <summary>How urgent the job is.</summary>
    [Id(11)] public JobPriority Priority { get; init; } = JobPriority.Normal;

    /// <summary>Quality of JPEG and WebP pictures, 0 to 100; null for the usual one. PNG is lossless.</summary>
    [Id(12), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? OutputCompression { get; init; }

    /// <summary>The picture that is edited; null where a new one is made. The prompt may then be empty.</summary>
    [Id(13), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public SourcePicture? Source { get; init; }

    /// <summary>How often each image is to be reported on the way for someone who looks at it, evenly spread over its tokens, 0 to 3.</summary>
    [Id(14), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public int PartialImages { get; init; }

    /// <summary>
    /// Candidates that are sampled, of which the best <see cref="N"/> become pictures, best first: at least N and at most as many as images
    /// are allowed; null or 1 where nothing is chosen. Candidate k is what image k of a job without a choice would be.
    /// </summary>
    [Id(25), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? BestOf { get; init; }

    /// <summary>Sequences of image tokens that the request costs: its candidates, or its images where nothing is chosen.</summary>
    [JsonIgnore]
    public int Candidates => BestOf is > 1 ? BestOf.Value : N;

    /// <summary>Address that is told when the job ends, <c>http://</c> or <c>https://</c>, at most 2048 characters; null for none.</summary>
    [Id(20), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Webhook { get; init; }
}

/// <summary>What the job really uses, every default filled in.</summary>
[GenerateSerializer, Immutable, Alias("parti.effective-parameters")]
public sealed record EffectiveParameters
{
    /// <summary>Number of images.</summary>
    [Id(0)] public required int N { get; init; }

    /// <summary>Seed; with image index and token position it fixes every random number.</summary>
    [Id(1)] public required ulong Seed { get; init; }

    /// <summary>Guidance scale; 1 means none.</summary>
    [Id(2)] public required double GuidanceScale { get; init; }

    /// <summary>Temperature.</summary>
    [Id(3)] public required double Temperature { get; init; }

    /// <summary>Candidates kept per token, 0 for all.</summary>
    [Id(4)] public required int TopK { get; init; }

    /// <summary>Probability mass kept per token.</summary>
    [Id(5)] public required double TopP { get; init; }

    /// <summary>Negative prompt, or null.</summary>
    [Id(6)] public string? NegativePrompt { get; init; }

    /// <summary>Edge of the delivered pictures in pixels.</summary>
    [Id(7)] public required int Size { get; init; }

    /// <summary>Format of the stored pictures.</summary>
    [Id(8)] public required OutputFormat OutputFormat { get; init; }

    /// <summary>SHA-256 over the model's files, hexadecimal.</summary>
    [Id(9)] public required string ModelHash { get; init; }

    /// <summary>Quality of lossy pictures, 0 to 100; null for the usual one, and then not in JSON.</summary>
    [Id(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? OutputCompression { get; init; }

    /// <summary>Candidates of which the best <see cref="N"/> become pictures, at least 2; null where nothing is chosen, and then not in JSON.</summary>
    [Id(25), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? BestOf { get; init; }
}

/// <summary>One parameter that cannot be used as given.</summary>
/// <param name="Parameter">Its name as on the wire, for example <c>guidance_scale</c>.</param>
/// <param name="Message">One line: what was given, the range, the way out.</param>
[GenerateSerializer, Immutable, Alias("parti.request-problem")]
public sealed record RequestProblem([property: Id(0)] string Parameter, [property: Id(1)] string Message);
