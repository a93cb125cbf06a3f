using System.Text;
using Parti.Abstractions;
using Parti.Grains.Imaging;
using Parti.Inference;

namespace Parti.Testing.Engines;

/// <summary>Writes the pixels as they are, with the text in front: no time goes into compressing.</summary>
public sealed class RawPictureEncoder : IPictureEncoder
{
    public byte[] Encode(Picture picture, OutputFormat format, string? parametersText) =>
        [.. Encoding.UTF8.GetBytes($"{format} {picture.Width}x{picture.Height}\n{parametersText}\n"), .. picture.Rgb];
}
