using Parti.Training.Evaluation;
using Parti.Training.Scenes;

namespace Parti.Training.Tests.Evaluation;

public sealed class ReconstructionScoreTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-recon-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Scenes_UntrainedTokenizer_HasOneRowACategory()
    {
        using EvaluatedModel model = Tiny();
        List<EvaluationProgress> reports = [];
        ReconstructionSet set = ReconstructionScore.Scenes(model, SceneSplit.Test, 90, 99, reports.Add, TestContext.Current.CancellationToken);

        Assert.Equal(["single", "counts", "relation"], set.Rows.Select(row => row.Category));
        Assert.All(set.Rows, row => Assert.Equal((90, 90), (row.Pictures, row.AllCorrect!.Value.Total)));
        Assert.All(set.Rows, row => Assert.InRange(row.Ssim, -1, 0.99));
        Assert.InRange(set.CodesUsedPerGroup!.Value, 1 / 32.0, set.CodesUsed);
        Assert.Equal(new EvaluationProgress("test reconstructions", 270, 270), reports[^1]);
    }

    [Fact]
    public void Pictures_WithoutCaptions_HaveNoCeiling()
    {
        using EvaluatedModel model = Tiny();
        byte[] gray = [.. Enumerable.Repeat((byte)128, 64 * 64 * 3)];
        ReconstructionSet set = ReconstructionScore.Pictures(model, "folder", [gray, gray], 2, _ => { }, TestContext.Current.CancellationToken);

        ReconstructionRow row = Assert.Single(set.Rows);
        Assert.Equal((2, null), (row.Pictures, row.AllCorrect));
        Assert.InRange(row.Psnr, 1, PictureQuality.MaxPsnr);
        Assert.Null(set.CodesUsedPerGroup);
    }

    EvaluatedModel Tiny() => EvaluatedModel.Open(TinyModelDirectory.Create(_folder), withTransformer: false);
}
