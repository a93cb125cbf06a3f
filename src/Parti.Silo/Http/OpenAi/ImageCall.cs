using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Silo.Http.OpenAi;

/// <summary>A request for pictures, read and checked.</summary>
internal sealed record ImageCall
{
    /// <summary>First word of the stream's events: <c>image_generation</c> or <c>image_edit</c>.</summary>
    internal required string EventPrefix { get; init; }

    /// <summary>What the job is asked for, model and size named; its source is put in when that is stored.</summary>
    internal required GenerationRequest Request { get; init; }

    /// <summary>The model.</summary>
    internal required ModelDescription Model { get; init; }

    /// <summary>Edge of the pictures in pixels.</summary>
    internal required int Edge { get; init; }

    /// <summary>Whether the answer holds links in place of bytes.</summary>
    internal bool Links { get; init; }

    /// <summary>Whether the answer is a stream of events.</summary>
    internal bool Stream { get; init; }

    /// <summary>Pictures so far that are wanted of each image, 0 to 3.</summary>
    internal int PartialImages { get; init; }

    /// <summary>The word given for quality; there is one quality only.</summary>
    internal required string Quality { get; init; }

    /// <summary>The file of the picture that is edited, of the delivered size; null where a new one is made.</summary>
    internal byte[]? SourceFile { get; init; }

    /// <summary>SHA-256 of everything that makes the request this one and no other.</summary>
    internal required string Fingerprint { get; init; }

    /// <summary>Edge as the answer states it.</summary>
    internal string Size => $"{Edge}x{Edge}";

    /// <summary>Format as the answer states it.</summary>
    internal string Format => Request.OutputFormat.ToString().ToLowerInvariant();

    /// <summary>Tokens read and drawn for all images, those of candidates that were left out too.</summary>
    internal UsageBody Usage(JobSnapshot job) => Usage(job, Request.Candidates);

    /// <summary>Tokens read, and one image's part of those drawn; the parts of all images are the whole.</summary>
    internal UsageBody UsageOf(JobSnapshot job, int image) =>
        Usage(job, ((image + 1) * Request.Candidates / Request.N) - (image * Request.Candidates / Request.N));

    private UsageBody Usage(JobSnapshot job, int candidates)
    {
        int source = Request.Source is null ? 0 : Model.ImageTokens;
        (int input, int output) = (job.PromptTokens + source, candidates * Model.ImageTokens);
        return new(input + output, input, output, new(job.PromptTokens, source));
    }
}
