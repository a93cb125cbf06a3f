using Parti.Training.Evaluation;
using Parti.Training.Scenes;

namespace Parti.Training.Tests.Evaluation;

public sealed class CategoryTallyTests
{
    static readonly SceneSpec RedCircle = new(SceneCategory.Single, new SpecObject(Shape.Circle, ObjectColor.Red), 1);
    static readonly SceneSpec SmallBlueStar = new(SceneCategory.Single, new SpecObject(Shape.Star, ObjectColor.Blue, ObjectSize.Small), 1, Background: Background.Gray);

    [Fact]
    public void Add_HandMadeVerdicts_CountsThem()
    {
        CategoryTally tally = new(SceneCategory.Single);
        tally.Add(RedCircle, Verdict([Seen(Shape.Circle, ObjectColor.Red)]));
        tally.Add(RedCircle, Verdict([Seen(Shape.Circle, ObjectColor.Blue)]) with { Colors = false });
        tally.Add(SmallBlueStar, Verdict([Seen(Shape.Star, ObjectColor.Blue)]) with { Sizes = false, Background = false });
        tally.Add(SmallBlueStar, Verdict([]) with { Count = false, Colors = false, Shapes = false, Relation = false, Sizes = false });

        Assert.Equal(new Proportion(1, 4), tally.AllCorrect);
        Assert.Equal(new Proportion(3, 4), tally.Right(SceneFactor.Count));
        Assert.Equal(new Proportion(2, 4), tally.Right(SceneFactor.Color));
        Assert.Equal(new Proportion(3, 4), tally.Right(SceneFactor.Shape));
        Assert.Equal(new Proportion(2, 4), tally.Right(SceneFactor.Size));
        Assert.Equal(new Proportion(3, 4), tally.Right(SceneFactor.Background));
    }

    [Fact]
    public void RightWhereStated_FactorLeftOpen_IsNotCounted()
    {
        CategoryTally tally = new(SceneCategory.Single);
        tally.Add(RedCircle, Verdict([Seen(Shape.Circle, ObjectColor.Red)]));
        tally.Add(SmallBlueStar, Verdict([Seen(Shape.Star, ObjectColor.Blue)]) with { Sizes = false });

        Assert.Equal(new Proportion(0, 1), tally.RightWhereStated(SceneFactor.Size));
        Assert.Equal(new Proportion(1, 1), tally.RightWhereStated(SceneFactor.Background));
        Assert.Equal(new Proportion(0, 0), tally.RightWhereStated(SceneFactor.Relation));
        Assert.Equal(new Proportion(2, 2), tally.RightWhereStated(SceneFactor.Count));
    }

    [Fact]
    public void HeldOutPairs_CaptionsWithAndWithoutOne_AreCountedByPair()
    {
        SpecObject star = new(Shape.Star, ObjectColor.Purple), circle = new(Shape.Circle, ObjectColor.Green);
        SceneSpec pair = new(SceneCategory.Relation, star, 2, circle, Relation.Above);
        CategoryTally tally = new(SceneCategory.Relation);
        tally.Add(pair, Verdict([]));
        tally.Add(pair with { Second = RedCircle.First }, Verdict([]) with { Count = false });
        tally.Add(pair with { First = RedCircle.First, Second = SmallBlueStar.First }, Verdict([]));

        Assert.Equal(2, tally.HeldOutPairs.Count);
        Assert.Equal(new Proportion(1, 2), tally.HeldOutPairs[(Shape.Star, ObjectColor.Purple)]);
        Assert.Equal(new Proportion(1, 1), tally.HeldOutPairs[(Shape.Circle, ObjectColor.Green)]);
    }

    [Fact]
    public void Confusions_HandMadeVerdicts_NameAskedAndSeen()
    {
        CategoryTally tally = new(SceneCategory.Single);
        tally.Add(RedCircle, Verdict([Seen(Shape.Circle, ObjectColor.Blue)]));
        tally.Add(RedCircle, Verdict([Seen(null, ObjectColor.Red), Seen(null, ObjectColor.Red)]));
        tally.Add(RedCircle, Verdict([Seen(Shape.Star, ObjectColor.Red), Seen(Shape.Heart, ObjectColor.Green)]));
        tally.Add(RedCircle, Verdict([]));
        tally.Add(RedCircle, Verdict([.. Enumerable.Repeat(Seen(Shape.Circle, ObjectColor.Red), 9)]));

        Assert.Equal(["blue 1", "mixed 1", "none 1", "red 2"], Cells(tally, SceneFactor.Color, "red"));
        Assert.Equal(["circle 2", "mixed 1", "none 1", "unclear 1"], Cells(tally, SceneFactor.Shape, "circle"));
        Assert.Equal(["0 1", "1 1", "2 2", "6+ 1"], Cells(tally, SceneFactor.Count, "1"));
    }

    [Fact]
    public void Confusions_Rows_SumToThePictures()
    {
        SceneGenerator scenes = new(5, SceneSplit.Test);
        CategoryTally tally = new(SceneCategory.Counts);
        for (int i = 0; i < 60; i++)
        {
            SceneSpec asked = scenes.At(i, SceneCategory.Counts).Spec;
            tally.Add(asked, SceneOracle.Judge(SceneRenderer.Render(scenes.At(i + 1, SceneCategory.Counts).Scene, 64), 64, 64, asked));
        }
        Assert.Equal(3, tally.Confusions.Count);
        Assert.All(tally.Confusions, table => Assert.Equal(60, Enumerable.Range(0, table.Asked.Count).Sum(table.RowTotal)));
    }

    [Fact]
    public void Confusions_Relations_AreNotMade() => Assert.Empty(new CategoryTally(SceneCategory.Relation).Confusions);

    static OracleVerdict Verdict(IReadOnlyList<SeenObject> seen) => new(true, true, true, true, true, true, seen, Background.White);

    static SeenObject Seen(Shape? shape, ObjectColor color) => new(shape, color, ObjectSize.Small, 32, 32, 0.9);

    static string[] Cells(CategoryTally tally, SceneFactor attribute, string asked)
    {
        ConfusionTable table = tally.Confusions.Single(t => t.Attribute == attribute);
        int row = table.Asked.ToList().IndexOf(asked);
        Assert.Equal(5, table.RowTotal(row));
        return [.. table.Seen.Select((name, column) => (name, Count: table[row, column])).Where(c => c.Count > 0).Select(c => $"{c.name} {c.Count}").Order(StringComparer.Ordinal)];
    }
}
