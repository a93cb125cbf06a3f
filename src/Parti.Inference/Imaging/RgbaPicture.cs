namespace Parti.Inference.Imaging;

/// <summary>A picture with transparency, 8 bits a channel, colours not multiplied by it.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Rgba">Row-major, red green blue alpha, <c>4 · Width · Height</c> bytes.</param>
public sealed record RgbaPicture(int Width, int Height, byte[] Rgba)
{
    /// <summary>The picture laid on white.</summary>
    public Picture OnWhite()
    {
        byte[] rgb = new byte[3 * Width * Height];
        for (int from = 0, to = 0; from < Rgba.Length; from += 4)
        {
            int alpha = Rgba[from + 3];
            for (int channel = 0; channel < 3; channel++)
            {
                rgb[to++] = (byte)((Rgba[from + channel] * alpha + 255 * (255 - alpha) + 127) / 255);
            }
        }
        return new Picture(Width, Height, rgb);
    }

    /// <summary>The colours without the transparency.</summary>
    public Picture Colours()
    {
        byte[] rgb = new byte[3 * Width * Height];
        for (int from = 0, to = 0; from < Rgba.Length; from += 4, to += 3)
        {
            Rgba.AsSpan(from, 3).CopyTo(rgb.AsSpan(to));
        }
        return new Picture(Width, Height, rgb);
    }

    /// <summary>True where a pixel is more transparent than opaque, row-major.</summary>
    public bool[] TransparentPixels()
    {
        bool[] transparent = new bool[Width * Height];
        for (int i = 0; i < transparent.Length; i++)
        {
            transparent[i] = Rgba[4 * i + 3] < 128;
        }
        return transparent;
    }
}
