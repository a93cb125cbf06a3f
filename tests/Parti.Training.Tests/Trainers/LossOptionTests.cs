using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Training.Adversaries;
using Parti.Training.Runs;
using Parti.Training.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Trainers;

public sealed class LossOptionTests
{
    public static TheoryData<VqganLosses, AdversaryOptions, string> Refused => new()
    {
        { new() { L1 = -1 }, new(), "l1" },
        { new() { L1 = double.NaN }, new(), "l1" },
        { new() { L1 = 1, Commitment = 2e6 }, new(), "commitment" },
        { new(), new(), "l2" },
        { new() { L2 = 1, LogitLaplace = 0.1 }, new(), "logit-laplace" },
        { new() { L2 = 1, Perceptual = 0.1 }, new(), "feature network" },
        { new() { L2 = 1, Adversarial = 0.1 }, new() { Begin = 199 }, "free-steps" },
        { new() { L2 = 1, Adversarial = 0.1 }, new() { Recovered = 2 }, "recovered" },
        { new() { L2 = 1, Adversarial = 0.1 }, new() { Kind = AdversaryKind.Patch, PatchLevels = 5 }, "patch_levels" },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void VqganTask_SettingOutOfRange_IsNamedInOneLine(VqganLosses losses, AdversaryOptions adversary, string named)
    {
        using var network = new VitVqGan(TinyNetworks.Sizes);
        TrainingException error = Assert.Throws<SettingException>(
            () => new VqganTask(network, TinyNetworks.Scenes, new() { Batch = 1, Losses = losses, Adversary = adversary }));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void NegativeLogLikelihood_OnePixel_IsThePublishedFormula()
    {
        using DisposeScope scope = NewDisposeScope();
        const double Pixel = 0.9, Mean = 0.4, LogWidth = -0.7;
        double x = 0.1 + 0.8 * Pixel, b = Math.Exp(LogWidth);
        double density = Math.Exp(-Math.Abs(Math.Log(x / (1 - x)) - Mean) / b) / (2 * b * x * (1 - x));
        Tensor found = LogitLaplaceHead.NegativeLogLikelihood(tensor(Pixel), tensor(Mean), tensor(LogWidth));
        Assert.Equal(-Math.Log(density), found.item<double>(), 1e-9);
    }

    [Fact]
    public void Train_WithLogitLaplace_LowersTheLikelihoodLossAndTheError()
    {
        using VitVqGan network = TinyNetworks.Drawn(new VitVqGan(TinyNetworks.Sizes with { Output = PixelOutput.LogitLaplace }), 3);
        var options = new VqganOptions { Batch = 4, Losses = new() { L2 = 1, LogitLaplace = 0.1 }, Codebook = new() { FreeSteps = 10 } };
        using var task = new VqganTask(network, TinyNetworks.Scenes, options);
        using var loop = new AlternatingLoop(task);
        loop.Run(0, 5, 2e-3);
        IReadOnlyDictionary<string, double> early = task.TakeMeasures();
        loop.Run(5, 80, 2e-3);
        task.TakeMeasures();
        loop.Run(80, 100, 2e-3);
        IReadOnlyDictionary<string, double> late = task.TakeMeasures();
        Assert.True(late["logit_laplace"] < early["logit_laplace"] - 0.3, $"{early["logit_laplace"]} to {late["logit_laplace"]}");
        Assert.True(late["mse"] < 0.7 * early["mse"], $"{early["mse"]} to {late["mse"]}");
        Assert.Contains(task.ExtraState, pair => pair.Name.StartsWith("logit_laplace.", StringComparison.Ordinal));
    }
}
