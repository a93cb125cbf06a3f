using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Training.Data;
using Parti.Training.Runs;
using Parti.Training.Scenes;
using Parti.Training.Trainers;
using TorchSharp;

namespace Parti.Training.Tests.Runs;

public sealed class TrainingRunTests : IDisposable
{
    const int Steps = 225;

    static readonly ImageTokenizerArchitecture Tiny = new()
    {
        ImageSize = 64, PatchSize = 8, CodebookSize = 32, CodebookDim = 4,
        Encoder = new() { Layers = 0, Width = 16, MlpWidth = 16, Heads = 2 },
        Decoder = new() { Layers = 1, Width = 16, MlpWidth = 16, Heads = 2 },
    };

    readonly string _folder = Directory.CreateTempSubdirectory("parti-run-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Train_StoppedAndResumed_EndsWithTheWeightsOfAnUndisturbedRun()
    {
        // The codebook phase starts at step 200 and restarts codes at 210 and 220.
        byte[] initial = Initial();
        byte[] whole = Train("whole", initial, stopAfter: Steps);
        Train("parts", initial, stopAfter: 90);
        Train("parts", initial, stopAfter: 212);
        Assert.Equal(whole, Train("parts", initial, stopAfter: Steps));
    }

    [Fact]
    public void Train_ManySteps_LowersTheLoss()
    {
        List<double> losses = [];
        using VitVqGan network = Network(Initial());
        new TrainingRun(Task(network), Options("falling") with { Steps = 100 }, TimeProvider.System).Train(p => losses.Add(p.Loss), TestContext.Current.CancellationToken);
        Assert.Equal(2, losses.Count);
        Assert.True(losses[1] < 0.95 * losses[0], $"Loss went from {losses[0]} to {losses[1]}.");
    }

    byte[] Train(string name, byte[] initial, int stopAfter)
    {
        torch.set_num_threads(1);
        using VitVqGan network = Network(initial);
        using CancellationTokenSource stop = new();
        new TrainingRun(new StoppingTask(Task(network), stopAfter, stop), Options(name), TimeProvider.System).Train(null, stop.Token);
        string file = Path.Combine(_folder, "weights.safetensors");
        ModuleCheckpoint.Save(network, file);
        return File.ReadAllBytes(file);
    }

    byte[] Initial()
    {
        torch.random.manual_seed(7);
        using var network = new VitVqGan(Tiny);
        string file = Path.Combine(_folder, "initial.safetensors");
        ModuleCheckpoint.Save(network, file);
        return File.ReadAllBytes(file);
    }

    VitVqGan Network(byte[] weights)
    {
        string file = Path.Combine(_folder, "start.safetensors");
        File.WriteAllBytes(file, weights);
        var network = new VitVqGan(Tiny);
        using SafeTensorsReader reader = SafeTensorsReader.Open(file);
        ModuleCheckpoint.Load(network, reader);
        return network;
    }

    static VqganTask Task(VitVqGan network) => new(network, new SceneExamples(new SceneGenerator(3, SceneSplit.Train)), new() { Batch = 2 });

    TrainingOptions Options(string name) => new()
    {
        Folder = Path.Combine(_folder, name), Steps = Steps, Rates = LearningRates.Cosine(2e-3, 10), Optimiser = new() { Beta2 = 0.99 }, Resume = true,
    };
}
