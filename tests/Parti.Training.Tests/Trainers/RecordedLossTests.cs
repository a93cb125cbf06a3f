using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Training.Runs;
using Parti.Training.Trainers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Trainers;

/// <summary>The demo's losses, as they were when its weights were made.</summary>
public sealed class RecordedLossTests
{
    const double Tolerance = 2e-4;

    // Recorded from the trainers of the shipped weights; the codebook starts at step 200 and restarts codes at 200 and 210.
    static readonly (long Step, double Loss)[] Tokenizer =
    [
        (197, 1.36318958), (198, 1.4265188), (199, 1.84180939), (200, 1.0790596), (201, 1.44709027),
        (202, 1.30229521), (209, 1.48763013), (210, 1.16212785), (211, 1.51961493),
    ];

    static readonly (long Step, double Loss)[] Upsampling = [(0, 0.980694473), (1, 1.08421123), (2, 0.943683922), (3, 0.882445335)];

    static readonly ImageTokenizerArchitecture Tiny = new()
    {
        ImageSize = 64, PatchSize = 8, CodebookSize = 32, CodebookDim = 4,
        Encoder = new() { Layers = 0, Width = 16, MlpWidth = 16, Heads = 2 },
        Decoder = new() { Layers = 1, Width = 16, MlpWidth = 16, Heads = 2 },
    };

    [Fact]
    public void Loss_OfTheDemo_IsTheRecordedOne()
    {
        set_num_threads(1);
        using VitVqGan network = TinyNetworks.Drawn(new VitVqGan(Tiny), 7);
        using (var task = new VqganTask(network, TinyNetworks.Scenes, new() { Batch = 2 }))
        {
            AssertRecorded(task, Tokenizer);
        }
        using Upsampler upsampler = TinyNetworks.Drawn(new Upsampler(new() { Factor = 4, Blocks = 1, Channels = 4, Expansion = 2 }), 8);
        using (var task = new UpsamplerTask(upsampler, network, TinyNetworks.Scenes, new() { Batch = 1, Losses = PictureLosses.DemoUpsampler }))
        {
            AssertRecorded(task, Upsampling);
        }
    }

    // Plain gradient steps, so that each loss depends on the gradients before it.
    static void AssertRecorded(TrainingTask task, (long Step, double Loss)[] recorded)
    {
        foreach ((long step, double expected) in recorded)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor loss = task.Loss(step);
            loss.backward();
            Assert.Equal(expected, loss.item<float>(), Tolerance * expected);
            using IDisposable noGradient = no_grad();
            foreach ((string _, Parameter value) in task.Trained)
            {
                if (value.grad is { } gradient)
                {
                    value.sub_(gradient.mul(0.01));
                    value.grad = null;
                }
            }
        }
    }
}
