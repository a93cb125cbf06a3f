using SkiaSharp;

namespace Parti.Training.Tests.Data;

/// <summary>A folder of training data that goes with the test.</summary>
internal sealed class DataFolder : IDisposable
{
    internal string Root { get; } = Directory.CreateTempSubdirectory("parti-data-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    internal string At(string name) => Path.Combine(Root, name);

    internal string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllBytes(At(name), bytes);
        return At(name);
    }

    internal string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A picture and its caption beside it.</summary>
    internal void Pair(string name, string caption, int shade = 0)
    {
        Write(name, Png(4, 3, (_, _) => new SKColor((byte)shade, (byte)(shade >> 8), 7)));
        Write(Path.ChangeExtension(name, ".txt"), caption);
    }

    internal static byte[] Png(int width, int height, Func<int, int, SKColor> color) => Encode(width, height, SKEncodedImageFormat.Png, color);

    internal static byte[] Encode(int width, int height, SKEncodedImageFormat format, Func<int, int, SKColor> color)
    {
        using SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        Span<byte> pixels = bitmap.GetPixelSpan();
        for (int i = 0; i < width * height; i++)
        {
            SKColor pixel = color(i % width, i / width);
            (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2], pixels[4 * i + 3]) = (pixel.Red, pixel.Green, pixel.Blue, pixel.Alpha);
        }
        using SKData data = bitmap.Encode(format, 100);
        return data.ToArray();
    }
}
