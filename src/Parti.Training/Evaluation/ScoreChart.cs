using Parti.Training.Drawing.Charts;

namespace Parti.Training.Evaluation;

/// <summary>Draws compositional scores against the guidance scale: a panel a category, a line a temperature, 95 % intervals as bars.</summary>
public static class ScoreChart
{
    /// <summary>The sheet; ceiling (reconstructions) and floor (drawn scenes of the next caption) are dashed.</summary>
    /// <param name="model">What was scored.</param>
    /// <param name="options">Prompts and settings.</param>
    /// <param name="rows">Rows of a score.</param>
    public static ChartSheet Sheet(string model, CompositionalOptions options, IReadOnlyList<CompositionalRow> rows) => new(
        $"{model}: pictures with every stated factor right, {options.Prompts} prompts a category, seed {options.Seed}",
        [.. rows.GroupBy(row => (row.Split, row.Tally.Category)).Select(group => Panel(group.Key.Split, group.Key.Category.ToString().ToLowerInvariant(), [.. group]))]);

    static ChartPanel Panel(Scenes.SceneSplit split, string category, CompositionalRow[] rows) =>
        new($"{EvaluationSplits.NameOf(split)} {category}, percent", "guidance scale", Lines(rows))
        {
            Levels = [.. rows.Where(row => row.Setting is null).Select(row => new ChartLevel(row.Pictures.ToString().ToLowerInvariant(), 100 * row.Tally.AllCorrect.Share))],
            YRange = (0, 102),
        };

    static ChartLine[] Lines(CompositionalRow[] rows) =>
    [
        .. from row in rows
           where row.Setting is not null
           group row by row.Setting!.Temperature into line
           select new ChartLine($"temperature {line.Key}", [.. line.OrderBy(row => row.Setting!.Guidance).Select(Point)]),
    ];

    static ChartPoint Point(CompositionalRow row)
    {
        Proportion score = row.Tally.AllCorrect;
        return new(row.Setting!.Guidance, 100 * score.Share, 100 * score.Low, 100 * score.High);
    }
}
