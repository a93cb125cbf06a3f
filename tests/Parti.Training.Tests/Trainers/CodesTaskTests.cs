using Parti.Models.ImageTokenizer;
using Parti.Training.Runs;
using Parti.Training.Tests.Runs;
using Parti.Training.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Trainers;

public sealed class CodesTaskTests : IDisposable
{
    const int Codes = 96, Steps = 12;

    readonly string _folder = Directory.CreateTempSubdirectory("parti-codes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Train_MoreCodes_ServeLatentsBetterAndLeaveTheRestAsItWas()
    {
        using DisposeScope scope = NewDisposeScope();
        using VitVqGan first = First();
        Dictionary<string, float[]> before = TinyNetworks.Values(first);

        Dictionary<string, float[]> after = Train("whole", Steps);
        using VitVqGan grown = Grown(first, after["codebook"]);

        Assert.True(Error(grown) < 0.8 * Error(first), $"The error went from {Error(first)} to {Error(grown)}.");
        Assert.All(before.Where(pair => pair.Key != "codebook"), pair => Assert.Equal(pair.Value, after[pair.Key]));
        float[] kept = nn.functional.normalize(first.Codebook, dim: -1).data<float>().ToArray();
        Assert.Equal(kept, after["codebook"][..kept.Length]);
    }

    [Fact]
    public void Train_Stopped_EndsWithTheCodesOfAnUndisturbedRun()
    {
        Dictionary<string, float[]> whole = Train("whole", Steps);
        Train("parts", 5);

        Assert.Equal(whole["codebook"], Train("parts", Steps)["codebook"]);
    }

    Dictionary<string, float[]> Train(string name, int steps)
    {
        set_num_threads(1);
        using VitVqGan first = First();
        using VitVqGan network = first.WithCodes(Codes);
        using CodesTask task = new(network, first.Architecture.CodebookSize, TinyNetworks.Scenes, 4);
        using CancellationTokenSource stop = new();
        TrainingOptions options = new() { Folder = Path.Combine(_folder, name), Steps = Steps, Rates = LearningRates.Cosine(3e-3, 2), Optimiser = new() { WeightDecay = 0 }, Resume = true };
        new TrainingRun(new StoppingTask(task, steps, stop), options, TimeProvider.System).Train(null, stop.Token);
        return TinyNetworks.Values(network);
    }

    static VitVqGan First() => TinyNetworks.Drawn(new VitVqGan(TinyNetworks.Sizes), 1);

    static VitVqGan Grown(VitVqGan first, float[] codebook)
    {
        using IDisposable noGradient = no_grad();
        VitVqGan grown = first.WithCodes(Codes);
        grown.Codebook.copy_(tensor(codebook, grown.Codebook.shape));
        return grown;
    }

    static float Error(VitVqGan network)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor latents = network.Latents(PictureBatch.Pixels(TinyNetworks.At(50, 32, 16), 16, CPU));
        return latents.sub(network.Codes(network.Nearest(latents))).square().sum(-1).mean().item<float>();
    }
}
