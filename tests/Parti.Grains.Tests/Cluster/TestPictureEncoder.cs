using System.Text;
using Parti.Abstractions;
using Parti.Grains.Imaging;
using Parti.Inference;

namespace Parti.Grains.Tests.Cluster;

/// <summary>Writes the pixels as they are, with the text in front.</summary>
public sealed class TestPictureEncoder : IPictureEncoder
{
    public byte[] Encode(Picture picture, OutputFormat format, string? parametersText, int? quality = null) =>
        [.. Encoding.UTF8.GetBytes($"{format} {picture.Width}x{picture.Height}\n{parametersText}\n"), .. picture.Rgb];
}
