using SkiaSharp;

namespace Parti.Training.Drawing;

/// <summary>A picture of a grid.</summary>
/// <param name="Pixels"><c>[S, S, 3]</c> bytes, red, green, blue.</param>
/// <param name="Label">What stands under it; empty for nothing.</param>
public sealed record GridPicture(byte[] Pixels, string Label = "");

/// <summary>Pictures side by side with labels under them. Small pictures are enlarged by repeating pixels, so that every pixel is seen.</summary>
/// <param name="Pictures">The pictures, row by row; they may differ in size.</param>
/// <param name="Columns">Pictures a row, at least 1.</param>
public sealed record PictureGrid(IReadOnlyList<GridPicture> Pictures, int Columns)
{
    const int Gap = 10, LabelSize = 11, LineHeight = 14, TitleSize = 16, TitleHeight = 30, LabelLines = 3;

    static readonly SKColor Ink = new(0x22, 0x22, 0x22), Back = new(0xF4, 0xF4, 0xF4);

    /// <summary>What stands above the grid; empty for nothing.</summary>
    public string Title { get; init; } = "";

    /// <summary>Least edge of a drawn picture in pixels, 1 to 4096.</summary>
    public int Cell { get; init; } = 128;

    /// <summary>A grid of equally long rows, such as pictures above their reconstructions.</summary>
    /// <param name="rows">At least one row of at least one picture.</param>
    /// <exception cref="ArgumentException">There is no picture, or the rows differ in length.</exception>
    public static PictureGrid OfRows(params IReadOnlyList<IReadOnlyList<GridPicture>> rows)
    {
        int[] lengths = [.. rows.Select(row => row.Count).Distinct()];
        return lengths is [> 0]
            ? new([.. rows.SelectMany(row => row)], lengths[0])
            : throw new ArgumentException($"Rows have {string.Join(", ", rows.Select(row => row.Count))} pictures, allowed is one length of at least 1.", nameof(rows));
    }

    /// <summary>The grid as a PNG file.</summary>
    /// <exception cref="ArgumentException">There is no picture, one is no square of three channels, or the grid is too large for one file.</exception>
    public byte[] ToPng()
    {
        if (Pictures.Count == 0 || Columns < 1 || Cell is < 1 or > 4096)
        {
            throw new ArgumentException($"{Pictures.Count} pictures in {Columns} columns of {Cell} px, allowed is at least 1 picture, at least 1 column and 1 to 4096 px.");
        }
        int largest = Pictures.Max(picture => PngFile.EdgeOf(picture.Pixels));
        // Whole multiples show pixels as squares of one size.
        int edge = largest * Math.Max(1, Cell / largest);
        string[][] labels = [.. Pictures.Select(picture => Lettering.Wrap(picture.Label, LabelSize, edge, LabelLines).ToArray())];
        int columns = Math.Min(Columns, Pictures.Count), rows = (Pictures.Count + columns - 1) / columns;
        int across = edge + Gap, down = edge + Gap + LineHeight * labels.Max(lines => lines.Length), top = Gap + (Title.Length > 0 ? TitleHeight : 0);
        int width = Gap + columns * across;
        return PngFile.Draw(width, top + rows * down, canvas =>
        {
            canvas.Clear(Back);
            DrawTitle(canvas, width);
            for (int i = 0; i < Pictures.Count; i++)
            {
                DrawCell(canvas, Pictures[i].Pixels, labels[i], SKRect.Create(Gap + i % columns * across, top + i / columns * down, edge, edge));
            }
        });
    }

    void DrawTitle(SKCanvas canvas, int width)
    {
        foreach (string line in Lettering.Wrap(Title, TitleSize, width - 2 * Gap, 1))
        {
            Lettering.Draw(canvas, line, new(Gap, Gap + TitleSize), TitleSize, Ink);
        }
    }

    static void DrawCell(SKCanvas canvas, byte[] pixels, string[] label, SKRect place)
    {
        using SKBitmap bitmap = PngFile.ToBitmap(pixels);
        using SKImage image = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(image, place, new SKSamplingOptions(SKFilterMode.Nearest));
        for (int line = 0; line < label.Length; line++)
        {
            Lettering.Draw(canvas, label[line], new(place.Left, place.Bottom + LineHeight * (line + 1) - 2), LabelSize, Ink);
        }
    }
}
