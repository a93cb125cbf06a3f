using SkiaSharp;

namespace Parti.Training.Drawing.Charts;

/// <summary>Draws one panel.</summary>
sealed class PanelDrawing
{
    /// <summary>Width of a panel with its margins, in pixels.</summary>
    internal const int Width = 560;

    /// <summary>Height of a panel with its margins, in pixels.</summary>
    internal const int Height = 340;

    /// <summary>Colour of text.</summary>
    internal static readonly SKColor Ink = new(0x22, 0x22, 0x22);

    const int Left = 62, Right = 18, Top = 28, Bottom = 52, TextSize = 12, TitleSize = 14, LegendHeight = 18, FewPoints = 30;

    static readonly SKColor Grid = new(0xE2, 0xE2, 0xE2), Frame = new(0x88, 0x88, 0x88);

    // Told apart with every kind of colour vision (Okabe and Ito 2008).
    static readonly SKColor[] Palette = [new(0x00, 0x72, 0xB2), new(0xD5, 0x5E, 0x00), new(0x00, 0x9E, 0x73), new(0xCC, 0x79, 0xA7), new(0xE6, 0x9F, 0x00), new(0x56, 0xB4, 0xE9)];

    readonly SKCanvas _canvas;
    readonly ChartPanel _panel;
    readonly SKPoint _corner;
    readonly SKRect _area;
    readonly ChartAxis _x, _y;
    readonly IReadOnlyList<IReadOnlyList<(string Name, SKColor Color, bool Dashed)>> _legend;

    internal PanelDrawing(SKCanvas canvas, ChartPanel panel, SKPoint corner)
    {
        (_canvas, _panel, _corner) = (canvas, panel, corner);
        _legend = Legend(panel);
        _area = new(corner.X + Left, corner.Y + Top + LegendHeight * _legend.Count, corner.X + Width - Right, corner.Y + Height - Bottom);
        ChartPoint[] points = [.. panel.Lines.SelectMany(line => line.Points.Concat(line.Raw))];
        double[] heights = [.. points.SelectMany(p => new[] { p.Y, p.Low ?? p.Y, p.High ?? p.Y }), .. panel.Levels.Select(level => level.Y)];
        _x = ChartAxis.Around([.. points.Select(p => p.X)], isLog: false);
        _y = panel.YRange is (double low, double high) ? new(low, high, false) : ChartAxis.Around(heights, ChartAxis.WantsLog(heights));
    }

    /// <summary>Draws it.</summary>
    internal void Draw()
    {
        Lettering.Draw(_canvas, _panel.Title, new(_area.Left, _corner.Y + 18), TitleSize, Ink);
        DrawLegend();
        DrawAxes();
        _canvas.Save();
        _canvas.ClipRect(SKRect.Inflate(_area, 4, 4));
        for (int i = 0; i < _panel.Levels.Count; i++)
        {
            float y = Y(_panel.Levels[i].Y);
            Stroke(new(_area.Left, y), new(_area.Right, y), LevelColor(i), 1.5f, dashed: true);
        }
        for (int i = 0; i < _panel.Lines.Count; i++)
        {
            DrawLine(_panel.Lines[i], Palette[i % Palette.Length], Shift(i));
        }
        _canvas.Restore();
    }

    void DrawAxes()
    {
        foreach ((double value, string text) in _y.Ticks())
        {
            Stroke(new(_area.Left, Y(value)), new(_area.Right, Y(value)), Grid, 1);
            Lettering.Draw(_canvas, text, new(_area.Left - 6, Y(value) + 4), TextSize, Ink, SKTextAlign.Right);
        }
        foreach ((double value, string text) in _x.Ticks())
        {
            Stroke(new(X(value), _area.Bottom), new(X(value), _area.Bottom + 4), Frame, 1);
            Lettering.Draw(_canvas, text, new(X(value), _area.Bottom + 18), TextSize, Ink, SKTextAlign.Center);
        }
        Stroke(new(_area.Left, _area.Top), new(_area.Left, _area.Bottom), Frame, 1);
        Stroke(new(_area.Left, _area.Bottom), new(_area.Right, _area.Bottom), Frame, 1);
        Lettering.Draw(_canvas, _panel.XName, new(_area.MidX, _area.Bottom + 36), TextSize, Ink, SKTextAlign.Center);
    }

    void DrawLine(ChartLine line, SKColor color, float shift)
    {
        foreach (ChartPoint point in line.Raw)
        {
            Dot(new(X(point.X), Y(point.Y)), color.WithAlpha(70), 1.6f);
        }
        SKPoint[] places = [.. line.Points.Select(p => new SKPoint(X(p.X) + shift, Y(p.Y)))];
        for (int i = 1; i < places.Length; i++)
        {
            Stroke(places[i - 1], places[i], color, 2);
        }
        for (int i = 0; i < places.Length; i++)
        {
            DrawInterval(line.Points[i], places[i].X, color);
            if (places.Length <= FewPoints && line.Raw.Count == 0)
            {
                Dot(places[i], color, 3.5f);
            }
        }
    }

    void DrawInterval(ChartPoint point, float x, SKColor color)
    {
        if (point.Low is not { } low || point.High is not { } high)
        {
            return;
        }
        Stroke(new(x, Y(low)), new(x, Y(high)), color, 1.2f);
        Stroke(new(x - 3, Y(low)), new(x + 3, Y(low)), color, 1.2f);
        Stroke(new(x - 3, Y(high)), new(x + 3, Y(high)), color, 1.2f);
    }

    void DrawLegend()
    {
        for (int row = 0; row < _legend.Count; row++)
        {
            float x = _area.Left, y = _corner.Y + Top + LegendHeight * row + 4;
            foreach ((string name, SKColor color, bool dashed) in _legend[row])
            {
                Stroke(new(x, y), new(x + 20, y), color, 2, dashed);
                Lettering.Draw(_canvas, name, new(x + 26, y + 4), TextSize, Ink);
                x += EntryWidth(name);
            }
        }
    }

    static IReadOnlyList<IReadOnlyList<(string, SKColor, bool)>> Legend(ChartPanel panel)
    {
        List<List<(string, SKColor, bool)>> rows = [];
        float used = float.MaxValue;
        IEnumerable<(string Name, SKColor, bool)> entries =
        [
            .. panel.Lines.Select((line, i) => (line.Name, Palette[i % Palette.Length], false)),
            .. panel.Levels.Select((level, i) => (level.Name, LevelColor(i), true)),
        ];
        foreach ((string Name, SKColor, bool) entry in entries.Where(_ => panel.Lines.Count + panel.Levels.Count > 1))
        {
            float width = EntryWidth(entry.Name);
            if (used + width > Width - Left - Right)
            {
                rows.Add([]);
                used = 0;
            }
            rows[^1].Add(entry);
            used += width;
        }
        return rows;
    }

    static SKColor LevelColor(int index) => index % 2 == 0 ? new(0x55, 0x55, 0x55) : new(0xA8, 0xA8, 0xA8);

    static float EntryWidth(string name) => 26 + Lettering.Width(name, TextSize) + 18;

    // Intervals at the same x would hide one another.
    float Shift(int line) => _panel.Lines.Any(l => l.Points.Any(p => p.Low is not null)) ? 5 * (line - (_panel.Lines.Count - 1) / 2f) : 0;

    float X(double value) => _area.Left + (float)(_x.Place(value) * _area.Width);

    float Y(double value) => _area.Bottom - (float)(_y.Place(value) * _area.Height);

    void Stroke(SKPoint from, SKPoint to, SKColor color, float width, bool dashed = false)
    {
        using SKPathEffect? effect = dashed ? SKPathEffect.CreateDash([6, 4], 0) : null;
        using SKPaint paint = new() { Color = color, StrokeWidth = width, IsAntialias = true, IsStroke = true, PathEffect = effect, StrokeCap = SKStrokeCap.Round };
        _canvas.DrawLine(from, to, paint);
    }

    void Dot(SKPoint at, SKColor color, float radius)
    {
        using SKPaint paint = new() { Color = color, IsAntialias = true };
        _canvas.DrawCircle(at, radius, paint);
    }
}
