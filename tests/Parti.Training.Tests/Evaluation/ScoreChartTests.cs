using Parti.Training.Drawing.Charts;
using Parti.Training.Evaluation;
using Parti.Training.Scenes;

namespace Parti.Training.Tests.Evaluation;

public class ScoreChartTests
{
    static readonly CompositionalOptions Options = new() { Prompts = 4, Seed = 1, Splits = [SceneSplit.Test], Settings = [] };

    [Fact]
    public void Sheet_RowsOfTwoCategories_HaveAPanelEachAndALineATemperature()
    {
        ChartSheet sheet = ScoreChart.Sheet("demo", Options,
        [
            Row(SceneCategory.Single, ScoredPictures.Ceiling, null, 4),
            Row(SceneCategory.Single, ScoredPictures.Model, new(2, 0.7), 3), Row(SceneCategory.Single, ScoredPictures.Model, new(1, 0.7), 2),
            Row(SceneCategory.Single, ScoredPictures.Model, new(1, 1), 1),
            Row(SceneCategory.Single, ScoredPictures.Floor, null, 0),
            Row(SceneCategory.Counts, ScoredPictures.Ceiling, null, 4),
        ]);
        ChartPanel single = sheet.Panels[0];

        Assert.Equal(["test single, percent", "test counts, percent"], sheet.Panels.Select(panel => panel.Title));
        Assert.Equal([new("ceiling", 100), new("floor", 0)], single.Levels);
        Assert.Equal(["temperature 0.7", "temperature 1"], single.Lines.Select(line => line.Name));
        Assert.Equal([(1.0, 50.0), (2, 75)], single.Lines[0].Points.Select(point => (point.X, point.Y)));
        Proportion half = new(2, 4);
        Assert.Equal((100 * half.Low, 100 * half.High), (single.Lines[0].Points[0].Low, single.Lines[0].Points[0].High));
        Assert.NotEmpty(sheet.ToPng());
    }

    static CompositionalRow Row(SceneCategory category, ScoredPictures pictures, SamplingSetting? setting, int right)
    {
        CategoryTally tally = new(category);
        SceneSpec spec = new(category, new SpecObject(Shape.Circle, ObjectColor.Red), 1);
        OracleVerdict good = new(true, true, true, true, true, true, [new(Shape.Circle, ObjectColor.Red, ObjectSize.Large, 32, 32, 0.9)], Background.White);
        for (int i = 0; i < Options.Prompts; i++)
        {
            tally.Add(spec, good with { Colors = i < right });
        }
        return new(SceneSplit.Test, pictures, setting, tally);
    }
}
