using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Grains.Imaging;

/// <summary>Turns pixels into a file. The host registers one.</summary>
public interface IPictureEncoder
{
    /// <summary>Encodes a picture; the same input gives the same bytes.</summary>
    /// <param name="picture">Pixels.</param>
    /// <param name="format">File format.</param>
    /// <param name="parametersText">Text for the <c>parameters</c> chunk of a PNG, or null.</param>
    /// <param name="quality">Quality of lossy formats, 0 to 100; null for the usual one.</param>
    byte[] Encode(Picture picture, OutputFormat format, string? parametersText, int? quality = null);
}
