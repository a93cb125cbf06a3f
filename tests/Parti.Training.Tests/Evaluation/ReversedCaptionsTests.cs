using Parti.Training.Evaluation;
using Parti.Training.Scenes;

namespace Parti.Training.Tests.Evaluation;

public sealed class ReversedCaptionsTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-reversed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(SceneSplit.Test)]
    [InlineData(SceneSplit.LongCaptions)]
    public void Reverse_AnyRelation_SaysTheSameWithTheRelationTurnedRound(SceneSplit split)
    {
        SceneGenerator scenes = new(99, split);
        for (int index = 0; index < 300; index++)
        {
            SceneSample sample = scenes.At(index, SceneCategory.Relation);
            string reversed = ReversedCaptions.Reverse(scenes, index);

            Assert.True(SceneParser.TryParse(reversed, out SceneSpec? read, out string? error), error);
            Assert.Equal(sample.Spec with { Relation = read.Relation }, read);
            Assert.Equal(Axis(sample.Spec), Axis(read));
            Assert.NotEqual(sample.Spec.Relation, read.Relation);
        }
    }

    [Fact]
    public void Rows_UntrainedModel_OneForEverySplitWithRelations()
    {
        using EvaluatedModel model = EvaluatedModel.Open(TinyModelDirectory.Create(_folder));
        List<EvaluationProgress> reports = [];
        ReversedCaptionsRow[] rows = [.. Rows(model, reports.Add, TestContext.Current.CancellationToken)];

        Assert.Equal([SceneSplit.Test, SceneSplit.LongCaptions], rows.Select(row => row.Split));
        Assert.All(rows, row => Assert.Equal(27, row.RightLikelier.Total));
        double chance = 64 * Math.Log(model.ImageTokenizer.Architecture.CodebookSize);
        Assert.All(rows, row => Assert.InRange(row.Right, chance / 2, chance * 2));
        Assert.Equal([25, 27, 25, 27], reports.Select(report => report.Done));
    }

    [Fact]
    public void Surprise_AmongOtherPrompts_IsAsAlone()
    {
        using EvaluatedModel model = EvaluatedModel.Open(TinyModelDirectory.Create(_folder));
        using TorchSharp.torch.Tensor tokens = model.Sample(["a red circle", "a blue square"], new(1, 1), 4);
        using TorchSharp.torch.Tensor both = model.Surprise(["a red circle", "a blue square"], tokens);
        using TorchSharp.torch.Tensor first = tokens.narrow(0, 0, 1), alone = model.Surprise(["a red circle"], first);

        Assert.Equal([2], both.shape);
        Assert.Equal(alone.item<float>(), both.data<float>().ToArray()[0], 1e-3f);
    }

    [Fact]
    public void Rows_Canceled_Stops()
    {
        using EvaluatedModel model = EvaluatedModel.Open(TinyModelDirectory.Create(_folder));
        Assert.Throws<OperationCanceledException>(() => Rows(model, _ => { }, new CancellationToken(canceled: true)).ToList());
    }

    static IEnumerable<ReversedCaptionsRow> Rows(EvaluatedModel model, Action<EvaluationProgress> report, CancellationToken cancellationToken) =>
        ReversedCaptions.Rows(
            model,
            new() { Prompts = 27, Seed = 99, Splits = [SceneSplit.Test, SceneSplit.HeldOutCounts, SceneSplit.LongCaptions], Settings = [] },
            report,
            cancellationToken);

    static bool Axis(SceneSpec spec) => spec.Relation is Relation.LeftOf or Relation.RightOf;
}
