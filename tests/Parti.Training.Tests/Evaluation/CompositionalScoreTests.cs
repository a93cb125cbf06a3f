using Parti.Models.Checkpoints;
using Parti.Training.Evaluation;
using Parti.Training.Scenes;
using TorchSharp;

namespace Parti.Training.Tests.Evaluation;

public sealed class CompositionalScoreTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-eval-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(SceneSplit.Test)]
    [InlineData(SceneSplit.HeldOutPairs)]
    [InlineData(SceneSplit.HeldOutCounts)]
    [InlineData(SceneSplit.LongCaptions)]
    public void Tally_DrawnPictures_AreAllCorrect(SceneSplit split)
    {
        SceneGenerator scenes = new(99, split);
        foreach (SceneCategory category in SceneGenerator.Categories(split))
        {
            Assert.Equal(new Proportion(60, 60), Tally(scenes, category, 60, PictureSources.Drawn(64)).AllCorrect);
        }
    }

    [Fact]
    public void Tally_DrawnPictures_LieOnTheDiagonalOfEveryTable()
    {
        CategoryTally tally = Tally(new SceneGenerator(99, SceneSplit.Test), SceneCategory.Counts, 60, PictureSources.Drawn(64));
        foreach (ConfusionTable table in tally.Confusions)
        {
            Assert.Equal(60, Enumerable.Range(0, table.Asked.Count).Sum(asked => table[asked, table.Seen.ToList().IndexOf(table.Asked[asked])]));
        }
    }

    [Theory]
    [InlineData(SceneCategory.Single)]
    [InlineData(SceneCategory.Counts)]
    [InlineData(SceneCategory.Relation)]
    public void Tally_PicturesOfTheNextCaption_AreNearlyAllWrong(SceneCategory category)
    {
        CategoryTally tally = Tally(new SceneGenerator(99, SceneSplit.Test), category, 200, PictureSources.Shuffled(64));
        Assert.InRange(tally.AllCorrect.Right, 0, 6);
        Assert.Equal(200, tally.AllCorrect.Total);
    }

    [Fact]
    public void Rows_UntrainedModel_HasEveryRowOnce()
    {
        using EvaluatedModel model = Tiny();
        SamplingSetting[] settings = [new(1, 1), new(2, 0.8)];
        List<EvaluationProgress> reports = [];
        CompositionalRow[] rows = [.. Rows(model, settings, 27, reports.Add)];

        Assert.Equal(3 * 4, rows.Length);
        Assert.All(rows, row => Assert.Equal(27, row.Tally.AllCorrect.Total));
        Assert.Equal([ScoredPictures.Ceiling, ScoredPictures.Model, ScoredPictures.Model, ScoredPictures.Floor], rows.Take(4).Select(row => row.Pictures));
        Assert.Equal([null, .. settings, null], rows.Take(4).Select(row => row.Setting));
        Assert.Equal([25, 27], reports.Take(2).Select(report => report.Done));
    }

    [Fact]
    public void Rows_Choices_FollowTheirSettingAndSayHowTheyWereMade()
    {
        using EvaluatedModel model = Tiny();
        IReadOnlyList<CandidateChoice> choices = CandidateChoice.Grid([1, 2, 2]);
        CompositionalOptions options = Options([new(1, 1)], 3) with { Choices = choices };

        CompositionalRow[] rows = [.. CompositionalScore.Rows(model, options, _ => { }, TestContext.Current.CancellationToken).Take(choices.Count + 3)];

        Assert.Equal(Enum.GetValues<CandidateOrder>().Select(order => new CandidateChoice(2, order)), choices);
        Assert.Equal([null, null, .. choices, null], rows.Select(row => row.Choice));
        Assert.Contains("best of 2 by likelihood", CompositionalText.Line(rows[2]), StringComparison.Ordinal);
    }

    /// <summary>The first candidate is the picture without a choice.</summary>
    [Fact]
    public void Best_OfOneOrEight_IsTheSingleSampleOrAnother()
    {
        using EvaluatedModel model = Tiny();
        EvaluationBatch batch = new(new SceneGenerator(99, SceneSplit.Test), SceneCategory.Single, 0, 4);
        using torch.Tensor single = PictureSources.Sampled(model, new(1, 1))(batch);
        using torch.Tensor one = PictureSources.Best(model, new(1, 1), new(1, CandidateOrder.Likelihood))(batch);
        using torch.Tensor best = PictureSources.Best(model, new(1, 1), new(8, CandidateOrder.Likelihood))(batch);

        Assert.Equal(single.data<float>().ToArray(), one.data<float>().ToArray());
        Assert.NotEqual(single.data<float>().ToArray(), best.data<float>().ToArray());
    }

    [Fact]
    public void Rows_SettingAmongOthers_ScoresAsAlone()
    {
        using EvaluatedModel model = Tiny();
        SamplingSetting setting = new(3, 0.7);
        CompositionalRow among = Rows(model, [new(1, 1), setting], 10).Last(row => row.Setting == setting);
        CompositionalRow alone = Rows(model, [setting], 10).Last(row => row.Setting == setting);
        Assert.Equal(CompositionalText.Line(alone), CompositionalText.Line(among));
    }

    /// <summary>A scale next to 1 takes the path with unconditional rows, yet draws with the numbers of scale 1.</summary>
    [Fact]
    public void Sample_NeighbouringSettings_ShareTheirRandomNumbers()
    {
        using EvaluatedModel model = Tiny();
        string[] prompts = ["a red circle", "a blue square", "two green stars"];
        long[] plain = Tokens(model, prompts, new(1, 1), 5);
        Assert.Equal(plain, Tokens(model, prompts, new(1.0000001, 1), 5));
        Assert.NotEqual(plain, Tokens(model, prompts, new(1, 1), 6));
        Assert.NotEqual(plain, Tokens(model, prompts, new(4, 1), 5));
    }

    [Fact]
    public void Sample_TemperatureZero_DoesNotDependOnTheSeed()
    {
        using EvaluatedModel model = Tiny();
        Assert.Equal(Tokens(model, ["a red circle"], new(2, 0), 5), Tokens(model, ["a red circle"], new(2, 0), 6));
    }

    [Fact]
    public void Rows_Canceled_Stops()
    {
        using EvaluatedModel model = Tiny();
        Assert.Throws<OperationCanceledException>(() =>
            CompositionalScore.Rows(model, Options([new(1, 1)], 5), _ => { }, new CancellationToken(canceled: true)).ToList());
    }

    [Fact]
    public void Grid_NothingGiven_IsTheModelsOwn() =>
        Assert.Equal([new SamplingSetting(2, 0.8)], SamplingSetting.Grid([], [], new() { GuidanceScale = 2, Temperature = 0.8f }));

    [Fact]
    public void Grid_Lists_AreCrossedWithoutRepeats() => Assert.Equal(
        [new(1, 0.7), new(1, 1), new(2, 0.7), new SamplingSetting(2, 1)], SamplingSetting.Grid([1, 2, 1], [0.7, 1], new()));

    [Fact]
    public void Open_FileChanged_IsRefused()
    {
        ModelDirectory directory = TinyModelDirectory.Create(_folder);
        File.AppendAllText(directory.PathOf("vqgan.safetensors"), "x");
        Assert.Contains("vqgan.safetensors", Assert.Throws<CheckpointException>(() => EvaluatedModel.Open(directory)).Message, StringComparison.Ordinal);
    }

    static CategoryTally Tally(SceneGenerator scenes, SceneCategory category, int count, PictureSource source) =>
        CompositionalScore.Tally(scenes, category, count, source, null, TestContext.Current.CancellationToken);

    static long[] Tokens(EvaluatedModel model, string[] prompts, SamplingSetting setting, ulong seed)
    {
        using torch.Tensor tokens = model.Sample(prompts, setting, seed);
        Assert.Equal([prompts.Length, 64], tokens.shape);
        return tokens.data<long>().ToArray();
    }

    static IEnumerable<CompositionalRow> Rows(EvaluatedModel model, SamplingSetting[] settings, int prompts, Action<EvaluationProgress>? report = null) =>
        CompositionalScore.Rows(model, Options(settings, prompts), report ?? (_ => { }), TestContext.Current.CancellationToken);

    static CompositionalOptions Options(SamplingSetting[] settings, int prompts) =>
        new() { Prompts = prompts, Seed = 99, Splits = [SceneSplit.Test], Settings = settings };

    EvaluatedModel Tiny() => EvaluatedModel.Open(TinyModelDirectory.Create(_folder));
}
