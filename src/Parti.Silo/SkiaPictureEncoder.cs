using Parti.Abstractions;
using Parti.Grains.Imaging;
using Parti.Inference;
using Parti.Inference.Imaging;

namespace Parti.Silo;

/// <summary>The engine's encoder as the grains ask for it.</summary>
internal sealed class SkiaPictureEncoder : IPictureEncoder
{
    /// <inheritdoc/>
    public byte[] Encode(Picture picture, OutputFormat format, string? parametersText, int? quality = null) =>
        PictureEncoder.Encode(picture, FormatOf(format), parametersText, quality ?? PictureEncoder.UsualQuality);

    private static PictureFormat FormatOf(OutputFormat format) => format switch
    {
        OutputFormat.Jpeg => PictureFormat.Jpeg,
        OutputFormat.Webp => PictureFormat.Webp,
        _ => PictureFormat.Png,
    };
}
