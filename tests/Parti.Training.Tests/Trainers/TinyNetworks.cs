using Parti.Models.Checkpoints;
using Parti.Training.Data;
using Parti.Training.Scenes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Trainers;

/// <summary>Networks and data small enough to train within a test.</summary>
static class TinyNetworks
{
    public static readonly TransformerStack Stack = new() { Layers = 1, Width = 32, MlpWidth = 64, Heads = 2 };

    /// <summary>16 px, patches of 4.</summary>
    public static readonly ImageTokenizerArchitecture Sizes = new()
    {
        ImageSize = 16, PatchSize = 4, CodebookSize = 32, CodebookDim = 8, Encoder = Stack with { Layers = 0 }, Decoder = Stack,
    };

    public static IExamples Scenes => new SceneExamples(new SceneGenerator(3, SceneSplit.Train));

    /// <summary>Scenes of a batch.</summary>
    public static Example[] At(long batch, int count, int size) => [.. Enumerable.Range(0, count).Select(i => Scenes.At(batch * count + i, size))];

    /// <summary>Weights from a generator of their own: other tests draw from the process-wide one at the same time.</summary>
    public static T Drawn<T>(T network, ulong seed)
        where T : nn.Module
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(seed);
        using IDisposable noGradient = no_grad();
        foreach ((string name, Parameter p) in network.named_parameters())
        {
            if (p.dim() > 1)
            {
                p.copy_(randn(p.shape, generator: generator).div_(Math.Sqrt(p.numel() / p.shape[0])));
            }
            else if (name.EndsWith("bias", StringComparison.Ordinal))
            {
                p.zero_();
            }
        }
        return network;
    }

    public static Dictionary<string, float[]> Values(nn.Module network) =>
        network.named_parameters().ToDictionary(p => p.name, p => p.parameter.data<float>().ToArray());
}

/// <summary>A few neighbours of a stream, over and over.</summary>
sealed class FewPictures(IExamples examples, long first, int count) : IExamples
{
    public string Identity => $"{examples.Identity} {first} {count}";

    public long? Distinct => count;

    public long Key(long index) => index % count;

    public Example At(long index, int size) => examples.At(first + Key(index), size);

    public (Example Small, Example Large) PairAt(long index, int size, int factor) => examples.PairAt(first + Key(index), size, factor);
}
