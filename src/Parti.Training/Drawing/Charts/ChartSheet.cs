using SkiaSharp;

namespace Parti.Training.Drawing.Charts;

/// <summary>Panels on one sheet.</summary>
/// <param name="Title">What stands above them.</param>
/// <param name="Panels">Panels, row by row.</param>
public sealed record ChartSheet(string Title, IReadOnlyList<ChartPanel> Panels)
{
    const int Edge = 16, TitleSize = 18, TitleHeight = 40;

    /// <summary>Panels a row, at least 1.</summary>
    public int Columns { get; init; } = 2;

    /// <summary>The sheet as a PNG file.</summary>
    /// <exception cref="ArgumentException">There is no panel, or more than fit one file.</exception>
    public byte[] ToPng()
    {
        if (Panels.Count == 0 || Columns < 1)
        {
            throw new ArgumentException($"{Panels.Count} panels in {Columns} columns, allowed is at least 1 of each.");
        }
        int columns = Math.Min(Columns, Panels.Count), rows = (Panels.Count + columns - 1) / columns;
        int width = 2 * Edge + columns * PanelDrawing.Width, height = TitleHeight + Edge + rows * PanelDrawing.Height;
        return PngFile.Draw(width, height, canvas =>
        {
            foreach (string line in Lettering.Wrap(Title, TitleSize, width - 2 * Edge, 1))
            {
                Lettering.Draw(canvas, line, new(Edge, TitleHeight - 12), TitleSize, PanelDrawing.Ink);
            }
            for (int i = 0; i < Panels.Count; i++)
            {
                SKPoint corner = new(Edge + i % columns * PanelDrawing.Width, TitleHeight + i / columns * PanelDrawing.Height);
                new PanelDrawing(canvas, Panels[i], corner).Draw();
            }
        });
    }
}
