using System.Text.Json.Serialization;

namespace Parti.Abstractions;

/// <summary>Where a job, or one of its images, stands. The last three are terminal.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<JobState>))]
public enum JobState
{
    /// <summary>Accepted and durable; no worker has begun.</summary>
    Queued = 0,

    /// <summary>At least one worker holds or held a lease.</summary>
    Running = 1,

    /// <summary>Every image is stored.</summary>
    Succeeded = 2,

    /// <summary>The work failed; the error says why.</summary>
    Failed = 3,

    /// <summary>Canceled by its owner.</summary>
    Canceled = 4,
}

/// <summary>A step of the pipeline, in the order in which an image passes them; <see cref="Rerank"/> alone comes earlier.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Stage>))]
public enum Stage
{
    /// <summary>Prompt to text states; once per job.</summary>
    Encode = 0,

    /// <summary>Text states to image tokens; once per image.</summary>
    Sample = 1,

    /// <summary>Image tokens to a picture of native size.</summary>
    Detokenize = 2,

    /// <summary>Native size to the requested size; left out where they are equal.</summary>
    Upscale = 3,

    /// <summary>Choice among several candidates, between sampling and detokenizing, so that only the chosen become pictures.</summary>
    Rerank = 4,

    /// <summary>Picture to stored bytes.</summary>
    Store = 5,
}

/// <summary>How urgent a job is; a higher one is always leased first.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<JobPriority>))]
public enum JobPriority
{
    /// <summary>Runs when nothing else waits.</summary>
    Low = 0,

    /// <summary>The default.</summary>
    Normal = 1,

    /// <summary>Before everything else.</summary>
    High = 2,
}

/// <summary>File format of the stored pictures.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<OutputFormat>))]
public enum OutputFormat
{
    /// <summary>PNG, lossless, carries the parameters as text.</summary>
    Png = 0,

    /// <summary>JPEG.</summary>
    Jpeg = 1,

    /// <summary>WebP.</summary>
    Webp = 2,
}

/// <summary>Facts about states and formats that every layer needs.</summary>
public static class JobStateExtensions
{
    /// <summary>Whether nothing more happens without a retry.</summary>
    public static bool IsTerminal(this JobState state) =>
        state is JobState.Succeeded or JobState.Failed or JobState.Canceled;

    /// <summary>File extension without the dot.</summary>
    public static string Extension(this OutputFormat format) => format switch
    {
        OutputFormat.Jpeg => "jpg",
        OutputFormat.Webp => "webp",
        _ => "png",
    };

    /// <summary>MIME type.</summary>
    public static string ContentType(this OutputFormat format) => format switch
    {
        OutputFormat.Jpeg => "image/jpeg",
        OutputFormat.Webp => "image/webp",
        _ => "image/png",
    };
}
