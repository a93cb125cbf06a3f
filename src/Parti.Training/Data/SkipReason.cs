using System.Text.Json;

namespace Parti.Training.Data;

/// <summary>Why a picture is passed over.</summary>
public enum SkipReason
{
    /// <summary>No caption stands beside it.</summary>
    NoCaption,

    /// <summary>Its caption has no visible character.</summary>
    EmptyCaption,

    /// <summary>Its caption is not UTF-8, is longer than 1 MiB, or is JSON of another form than read here.</summary>
    BadCaption,

    /// <summary>Its row of the manifest cannot be read.</summary>
    BadRow,

    /// <summary>Its path leads out of the manifest's folder, or over a link that may.</summary>
    OutsideFolder,

    /// <summary>There is no such file.</summary>
    Missing,

    /// <summary>The file has no bytes.</summary>
    EmptyFile,

    /// <summary>The file is larger than <see cref="ExamplesOptions.MaxFileBytes"/>.</summary>
    TooManyBytes,

    /// <summary>The picture has more than <see cref="ExamplesOptions.MaxPixels"/>.</summary>
    TooManyPixels,

    /// <summary>The shorter side is below <see cref="ExamplesOptions.MinEdge"/>.</summary>
    TooSmall,

    /// <summary>The bytes are no PNG, JPEG or WebP picture.</summary>
    NotAPicture,

    /// <summary>The picture ends early or does not decode.</summary>
    Damaged,

    /// <summary>The system refuses to read the file.</summary>
    Unreadable,

    /// <summary>The archive ends early or is damaged here; members after this place are lost.</summary>
    BadArchive,

    /// <summary>An archive has an earlier member of this name.</summary>
    Duplicate,
}

/// <summary>A picture that is passed over.</summary>
/// <param name="Name">Which: a path below the data's folder, <c>shard/key</c>, or <c>manifest:line</c>.</param>
/// <param name="Reason">Why.</param>
/// <param name="Detail">What was found, one line.</param>
public sealed record SkippedItem(string Name, SkipReason Reason, string Detail)
{
    /// <summary>The reason as lists of skipped pictures write it, such as <c>too_many_bytes</c>.</summary>
    public string Word => WordOf(Reason);

    /// <summary>A reason as lists of skipped pictures write it.</summary>
    /// <param name="reason">Reason.</param>
    public static string WordOf(SkipReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());
}
