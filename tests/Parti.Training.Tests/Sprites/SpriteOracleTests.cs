using Parti.Models.Checkpoints;
using Parti.Training.Evaluation;
using Parti.Training.Scenes;
using Parti.Training.Sprites;
using Parti.Training.Tests.Data;
using Parti.Training.Tests.Evaluation;
using Parti.Training.Tests.Scenes;

namespace Parti.Training.Tests.Sprites;

public sealed class SpriteOracleTests : IDisposable
{
    readonly DataFolder _folder = new();
    readonly SpriteSet _set;
    readonly SpriteOracle _oracle;
    readonly SpriteRenderer _renderer;

    public SpriteOracleTests()
    {
        _set = SpriteFolder.Open(_folder);
        (_oracle, _renderer) = (new(_set), new(_set));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SceneSplit.Test, 64)]
    [InlineData(SceneSplit.Test, 128)]
    [InlineData(SceneSplit.HeldOutPairs, 64)]
    public void Judge_DrawnPictures_AreAllRight(SceneSplit split, int size)
    {
        SpriteGenerator scenes = new(_set, TestSeed.Next(), split);

        Assert.All(Enumerable.Range(0, 200).Select(i => scenes.At(i)), sample =>
        {
            SpriteVerdict verdict = _oracle.Judge(_renderer.Draw(sample.Scene, size), size, sample.Spec);
            Assert.True(verdict.AllCorrect, $"{sample.Caption}: {verdict}");
            Assert.Equal(sample.Scene.Sprites.ToHashSet(), verdict.Seen.ToHashSet());
        });
    }

    [Fact]
    public void Judge_PicturesOfTheNextCaption_AreNearlyAllWrong()
    {
        SpriteGenerator scenes = new(_set, TestSeed.Next(), SceneSplit.Test);
        int right = Enumerable.Range(0, 300).Count(i => _oracle.Judge(_renderer.Draw(scenes.At(i + 1).Scene, 64), 64, scenes.At(i).Spec).AllCorrect);

        Assert.InRange(right, 0, 15);
    }

    [Fact]
    public void Judge_OneFactorWrong_IsWrongInThatFactorAlone()
    {
        SpriteScene scene = new(Background.White, [new(0, SpriteSize.Normal, 0, 2), new(4, SpriteSize.Normal, 5, 2)]);
        byte[] picture = _renderer.Draw(scene, 64);
        SpriteSpec right = new(SceneCategory.Relation, 0, 2, Second: 4, Relation: Relation.LeftOf, Background: Background.White);

        Assert.True(_oracle.Judge(picture, 64, right).AllCorrect);
        Assert.Equal((true, true, false, true), Factors(_oracle.Judge(picture, 64, right with { Relation = Relation.Above })));
        Assert.Equal((true, false, false, true), Factors(_oracle.Judge(picture, 64, right with { Second = 5 })));
        Assert.Equal((true, true, true, false), Factors(_oracle.Judge(picture, 64, right with { Background = Background.Beige })));
        Assert.Equal((false, false, true, true), Factors(_oracle.Judge(picture, 64, new(SceneCategory.Counts, 0, 3))));
        Assert.False(_oracle.Judge(picture, 64, right with { Size = SpriteSize.Large }).Sizes);
    }

    [Fact]
    public void Look_ThingThatIsNoSprite_IsCountedWithoutAName()
    {
        byte[] picture = _renderer.Draw(new(Background.White, [new(0, SpriteSize.Normal, 0, 0)]), 64);
        ulong seed = TestSeed.Next();
        Random random = new((int)(seed & int.MaxValue));
        for (int y = 40; y < 64; y++)
        {
            random.NextBytes(picture.AsSpan(3 * (64 * y + 40), 3 * 24));
        }
        (Background background, IReadOnlyList<PlacedSprite> seen, int unnamed) = _oracle.Look(picture, 64);

        Assert.Equal((Background.White, 1, 1), (background, seen.Count, unnamed));
    }

    [Fact]
    public void Rows_UntrainedModel_HasCeilingModelAndFloor()
    {
        ModelDirectory tiny = TinyModelDirectory.Create(_folder.At("tiny"));
        using EvaluatedModel model = EvaluatedModel.Open(tiny);
        EvaluationOptions options = new() { Prompts = 27, Seed = 1, Splits = [SceneSplit.Test, SceneSplit.HeldOutPairs], Settings = [new(1, 1)] };
        SpriteRow[] rows = [.. new SpriteScore(model, _set).Rows(options, _ => { }, TestContext.Current.CancellationToken)];

        Assert.Equal(4 * 3, rows.Length);
        Assert.All(rows, row => Assert.Equal(27, row.Tally.AllCorrect.Total));
        Assert.Equal([ScoredPictures.Ceiling, ScoredPictures.Model, ScoredPictures.Floor], rows.Take(3).Select(row => row.Pictures));
        Assert.All(rows.Where(row => row.Pictures == ScoredPictures.Model), row => Assert.Equal(0, row.Tally.AllCorrect.Right));
    }

    static (bool Count, bool Names, bool Relation, bool Background) Factors(SpriteVerdict verdict) => (verdict.Count, verdict.Names, verdict.Relation, verdict.Background);
}
