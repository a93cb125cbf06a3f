using Parti.Models.ImageTokenizer;
using Parti.Training.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Trainers;

public sealed class CodebookTests
{
    const int Codes = 4;

    static readonly double[] Apart = [0, 90, 180, 270], Close = [10, 20, 30, 40];

    [Theory]
    [InlineData(0, 1)]
    [InlineData(64, Codes)]
    public void Quantise_LatentsMoveAway_DeadCodesComeBackOnlyByRestarts(int mostRestarts, int usedAtLast)
    {
        using VitVqGan network = Network();
        using var codebook = new FollowedCodebook(network, new() { FreeSteps = 0, MostRestarts = mostRestarts });
        Assert.Equal(Codes, Steps(codebook, Apart, 0, 20).Used);
        // All latents are now nearest to one code; the others starve.
        Assert.Equal(1, Steps(codebook, Close, 20, 25).Used);
        (int used, long restarted) = Steps(codebook, Close, 25, 400);
        Assert.Equal(usedAtLast, used);
        Assert.Equal(mostRestarts > 0, restarted > 0);
    }

    [Fact]
    public void Quantise_FewerLatentsThanDeadCodes_RestartsAsManyAsThereAre()
    {
        using VitVqGan network = Network();
        using var codebook = new FollowedCodebook(network, new() { FreeSteps = 0, RestartEvery = 1, Decay = 0 });
        Steps(codebook, Apart, 0, 1);
        Assert.InRange(Steps(codebook, [0], 1, 2).Restarted, 1, 1);
    }

    [Fact]
    public void Usage_OfTheLast256Pictures_ForgetsOlderOnes()
    {
        using DisposeScope scope = NewDisposeScope();
        using var recent = new RecentCodes(Architecture(), CPU);
        Assert.Equal(0, recent.Usage().Share.item<float>());
        recent.Add(zeros([1, 4], ScalarType.Int64), seen: 0);
        AssertUsage(recent, 0.25, 1);
        recent.Add(tensor(new long[] { 1, 1, 2, 2 }, [1, 4]), seen: 1);
        AssertUsage(recent, 0.75, Math.Exp(0.5 * Math.Log(2) + 0.5 * Math.Log(4)));
        recent.Add(full([254, 4], 3L, ScalarType.Int64), seen: 2);
        Assert.Equal(1, recent.Usage().Share.item<float>());
        // The first picture's place, then the second's; then more pictures than there are places.
        recent.Add(full([1, 4], 3L, ScalarType.Int64), seen: 256);
        AssertUsage(recent, 0.75, null);
        recent.Add(full([1, 4], 3L, ScalarType.Int64), seen: 257);
        AssertUsage(recent, 0.25, 1);
        recent.Add(cat([zeros([44, 4], ScalarType.Int64), ones([256, 4], ScalarType.Int64)]), seen: 258);
        AssertUsage(recent, 0.25, 1);
    }

    [Fact]
    public void TakeMeasures_AfterTheCodebookStarts_HasUsageAndRestarts()
    {
        using VitVqGan network = TinyNetworks.Drawn(new VitVqGan(TinyNetworks.Sizes), 1);
        using var task = new VqganTask(network, TinyNetworks.Scenes, new() { Batch = 2, Codebook = new() { FreeSteps = 2 } });
        using var loop = new AlternatingLoop(task);
        loop.Run(0, 5, 1e-3);
        IReadOnlyDictionary<string, double> measures = task.TakeMeasures();
        Assert.InRange(measures["code_usage"], 1.0 / 32, 1);
        Assert.InRange(measures["code_perplexity"], 1, 32);
        Assert.InRange(measures["code_restarts"], 0, 32);
        Assert.True(measures["commitment"] > 0 && measures["mse"] > 0);
    }

    static void AssertUsage(RecentCodes recent, double share, double? perplexity)
    {
        (Tensor found, Tensor spread) = recent.Usage();
        Assert.Equal(share, found.item<float>(), 1e-6);
        Assert.Equal(perplexity ?? spread.item<float>(), spread.item<float>(), 1e-4);
    }

    static (int Used, long Restarted) Steps(FollowedCodebook codebook, double[] degrees, long from, long to)
    {
        using DisposeScope scope = NewDisposeScope();
        float[] places = [.. degrees.SelectMany(d => new[] { (float)Math.Cos(d * Math.PI / 180), (float)Math.Sin(d * Math.PI / 180) })];
        Tensor latents = tensor(places, [1, degrees.Length, 2]);
        (int used, long restarted) = (0, 0);
        for (long step = from; step < to; step++)
        {
            (Tensor tokens, Tensor _, long count) = codebook.Quantise(latents, step);
            used = tokens.data<long>().ToArray().Distinct().Count();
            restarted += count;
        }
        return (used, restarted);
    }

    static Parti.Models.Checkpoints.ImageTokenizerArchitecture Architecture() =>
        TinyNetworks.Sizes with { ImageSize = 8, CodebookSize = Codes, CodebookDim = 2 };

    static VitVqGan Network() => TinyNetworks.Drawn(new VitVqGan(Architecture()), 2);
}
