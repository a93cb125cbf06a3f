namespace Parti.Abstractions;

/// <summary>
/// The picture that a job edits. Its bytes lie in the result store, put there before the submit, as a PNG of the delivered size
/// that is transparent where the picture is to be drawn again.
/// </summary>
[GenerateSerializer, Immutable, Alias("parti.source-picture")]
public sealed record SourcePicture
{
    /// <summary>SHA-256 of the stored bytes, hexadecimal lower case; names the file.</summary>
    [Id(0)] public required string Sha256 { get; init; }

    /// <summary>Whether transparency says what is drawn again. Pixels outside of it are delivered as they are.</summary>
    [Id(1)] public required bool Masked { get; init; }

    /// <summary>Without a mask: share of the image tokens that are drawn again, above 0 to 1, scattered over the picture.</summary>
    [Id(2)] public double Strength { get; init; } = 1;
}
