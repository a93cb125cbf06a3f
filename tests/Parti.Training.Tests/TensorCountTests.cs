using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Transformer;
using Parti.Training.Adversaries;
using Parti.Training.Perception;
using Parti.Training.Recipes;
using Parti.Training.Runs;
using Parti.Training.Tests.Trainers;
using Parti.Training.Trainers;
using static TorchSharp.torch;

namespace Parti.Training.Tests;

/// <summary>Counts the tensors of the whole process, so no other test may run beside it.</summary>
[CollectionDefinition(nameof(TensorCountTests), DisableParallelization = true)]
[Collection(nameof(TensorCountTests))]
public sealed class TensorCountTests
{
    // Both kinds of discriminator steps, with R1 and without, and the measures' tensors, are there after the first few.
    const int First = 6, Steps = 24;

    [Theory]
    [InlineData(AdversaryKind.Style)]
    [InlineData(AdversaryKind.Patch)]
    public void VqganTask_StepsWithEveryLoss_KeepTheNumberOfTensors(AdversaryKind kind)
    {
        using FeatureNetwork features = Features();
        using VitVqGan network = TinyNetworks.Drawn(new VitVqGan(TinyNetworks.Sizes with { Output = PixelOutput.LogitLaplace }), 1);
        using var task = new VqganTask(network, TinyNetworks.Scenes, new()
        {
            Batch = 2, Losses = VqganLosses.Paper with { L1 = 1, Edge = 8 }, Codebook = new() { FreeSteps = 1 }, Adversary = Adversary(kind),
        }, features);
        AssertNoneIsLeft(task);
    }

    [Fact]
    public void UpsamplerTask_StepsWithEveryLoss_KeepTheNumberOfTensors()
    {
        using FeatureNetwork features = Features();
        using VitVqGan tokenizer = new(TinyNetworks.Sizes);
        using Upsampler network = new(new() { Factor = 2, Blocks = 1, Channels = 8, Expansion = 2 });
        using var task = new UpsamplerTask(
            network, tokenizer, TinyNetworks.Scenes, new() { Batch = 2, Losses = PictureLosses.Paper, Adversary = Adversary(AdversaryKind.Style) }, features);
        AssertNoneIsLeft(task);
    }

    [Fact]
    public void StepGradients_TwoDevices_KeepTheNumberOfTensors()
    {
        using OwnedTasks tasks = new();
        VitVqGan tokenizer = tasks.Own(new VitVqGan(TinyNetworks.Sizes with { PatchSize = 8, CodebookSize = 16 }));
        for (int i = 0; i < 2; i++)
        {
            PartiTransformer network = tasks.Own(TinyPretraining.Network());
            tasks.Add(new TransformerTask(network, tokenizer, TinyPretraining.Tokenizer, _ => TinyNetworks.Scenes, new() { Batch = 2, Phases = [new() { Steps = 1 }] }));
        }
        using StepGradients gradients = new(tasks.Tasks[0], [tasks.Tasks[1]], 4);
        using Optimiser optimiser = Optimiser.Create(tasks.Tasks[0].Trained, new());
        long before = 0;
        for (int step = 0; step < Steps; step++)
        {
            gradients.Of(step);
            optimiser.Step(step, 1e-3);
            gradients.CopyTrained();
            TrainingTask.TakeMeasures(tasks.Tasks);
            before = step == First ? Tensor.TotalCount : before;
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    static FeatureNetwork Features() => new(new() { Channels = 4, Levels = 2, Pieces = 8 });

    static AdversaryOptions Adversary(AdversaryKind kind) =>
        new() { Kind = kind, Channels = 4, MostChannels = 8, PatchLevels = 1, Begin = 1, Alone = 1, Ramp = 2, R1Every = 2 };

    // No collection in between: what a step leaves to a finaliser counts as left.
    static void AssertNoneIsLeft(PictureTask task)
    {
        using var loop = new AlternatingLoop(task);
        loop.Run(0, First, 1e-3);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        loop.Run(First, Steps, 1e-3);
        Assert.Equal(before, Tensor.TotalCount);
    }
}
