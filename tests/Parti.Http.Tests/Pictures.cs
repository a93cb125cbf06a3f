using Parti.Inference;
using Parti.Inference.Imaging;

namespace Parti.Http.Tests;

/// <summary>Pictures to upload.</summary>
internal static class Pictures
{
    /// <summary>A PNG of random colours.</summary>
    internal static byte[] Png(int width, int height, int seed = 1) => PictureEncoder.Encode(Noise(width, height, seed), PictureFormat.Png);

    /// <summary>Random colours.</summary>
    internal static Picture Noise(int width, int height, int seed = 1)
    {
        byte[] rgb = new byte[3 * width * height];
        new Random(seed).NextBytes(rgb);
        return new(width, height, rgb);
    }

    /// <summary>A PNG that is transparent in its left half.</summary>
    internal static byte[] LeftHalfMask(int edge) =>
        new MaskedPicture(Noise(edge, edge), [.. Enumerable.Range(0, edge * edge).Select(i => i % edge < edge / 2)]).ToFile();
}
