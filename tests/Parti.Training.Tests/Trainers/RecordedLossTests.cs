using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Training.Runs;
using Parti.Training.Scenes;
using Parti.Training.Trainers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Trainers;

/// <summary>The demo's losses, as they were when its weights were made.</summary>
public sealed class RecordedLossTests
{
    // Rounding differs from machine to machine: by itself it changes little, and now and then it makes a patch's second nearest code the nearest.
    const double Rounding = 2e-4, OtherCode = 1e-2;

    // Recorded from the trainers of the shipped weights; the codebook starts at step 200 and restarts codes at 200 and 210.
    static readonly (long Step, double Loss, double Tolerance)[] Tokenizer =
    [
        (197, 1.36318958, Rounding), (198, 1.4265188, Rounding), (199, 1.84180939, Rounding), (200, 1.0790596, Rounding), (201, 1.44709027, Rounding),
        (202, 1.30229521, Rounding), (209, 1.48763013, OtherCode), (210, 1.16212785, OtherCode), (211, 1.51961493, OtherCode),
    ];

    static readonly ImageTokenizerArchitecture Tiny = new()
    {
        ImageSize = 64, PatchSize = 8, CodebookSize = 32, CodebookDim = 4,
        Encoder = new() { Layers = 0, Width = 16, MlpWidth = 16, Heads = 2 },
        Decoder = new() { Layers = 1, Width = 16, MlpWidth = 16, Heads = 2 },
    };

    [Fact]
    public void Loss_OfTheDemosTokenizer_IsTheRecordedOne()
    {
        set_num_threads(1);
        using VitVqGan network = TinyNetworks.Drawn(new VitVqGan(Tiny), 7);
        using var task = new VqganTask(network, TinyNetworks.Scenes, new() { Batch = 2 });
        foreach ((long step, double expected, double tolerance) in Tokenizer)
        {
            Assert.Equal(expected, Step(task, step), tolerance * expected);
        }
    }

    [Fact]
    public void Loss_OfTheDemosUpsampler_IsTheMeanAbsoluteErrorOfTheLargeScenes()
    {
        set_num_threads(1);
        var scenes = new SceneGenerator(3, SceneSplit.Train);
        using VitVqGan tokenizer = TinyNetworks.Drawn(new VitVqGan(Tiny), 7);
        using Upsampler network = TinyNetworks.Drawn(new Upsampler(new() { Factor = 4, Blocks = 1, Channels = 4, Expansion = 2 }), 8);
        using var task = new UpsamplerTask(network, tokenizer, TinyNetworks.Scenes, new() { Batch = 2, Losses = PictureLosses.DemoUpsampler });
        for (long step = 0; step < 3; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            SceneSample[] samples = [scenes.At(2 * step), scenes.At(2 * step + 1)];
            Tensor small = tokenizer.Decode(tokenizer.Encode(ScenePictures.Draw(samples, 64)));
            double expected = nn.functional.l1_loss(network.forward(small), ScenePictures.Draw(samples, 256)).item<float>();
            Assert.Equal(expected, Step(task, step), 1e-6);
        }
    }

    // A plain gradient step, so that each loss depends on the gradients before it.
    static double Step(TrainingTask task, long step)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = task.Loss(step);
        loss.backward();
        using IDisposable noGradient = no_grad();
        foreach ((string _, Parameter value) in task.Trained)
        {
            if (value.grad is { } gradient)
            {
                value.sub_(gradient.mul(0.01));
                value.grad = null;
            }
        }
        return loss.item<float>();
    }
}
