using Parti.Models.Layers;
using Parti.Models.Transformer;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Tests.Layers;

[Collection(nameof(TensorCountTests))]
public sealed class RecomputedTests : IDisposable
{
    // Encoder states feed every decoder layer: the plain way adds their gradients up in another order.
    const float Rounding = 1e-4f;

    readonly PartiTransformer _network;

    public RecomputedTests()
    {
        random.manual_seed(3);
        _network = new(PartiPresets.Demo with { EncoderLayers = 2, DecoderLayers = 3, Width = 32, MlpWidth = 64, Heads = 2, TextVocabulary = 32, CodebookSize = 16 });
    }

    public void Dispose() => _network.Dispose();

    [Fact]
    public void Recompute_OfEveryLayer_GivesTheLossAndGradientsOfThePlainWay()
    {
        (float Loss, Dictionary<string, float[]> Gradients) plain = Pass(recompute: false), again = Pass(recompute: true);
        Assert.Equal(plain.Loss, again.Loss);
        Assert.Equal(plain.Gradients.Keys.Order(), again.Gradients.Keys.Order());
        Assert.All(plain.Gradients, pair => Assert.All(pair.Value.Zip(again.Gradients[pair.Key]), v => Assert.Equal(v.First, v.Second, Rounding * pair.Value.Max(MathF.Abs))));
        Assert.All(plain.Gradients.Where(g => g.Key.StartsWith("decoder.", StringComparison.Ordinal)), pair => Assert.Equal(pair.Value, again.Gradients[pair.Key]));
        Assert.Contains(plain.Gradients, pair => pair.Key == "text_distances.weight" && pair.Value.Any(v => v != 0));
    }

    [Fact]
    public void Recompute_WithDropout_DropsTheSameAgain()
    {
        using SeededDropout dropout = new(0.1, null);
        float plainLoss = Pass(recompute: false).Loss;
        _network.Dropout = dropout;
        (float Loss, Dictionary<string, float[]> Gradients) plain = Pass(recompute: false), again = Pass(recompute: true);
        _network.Dropout = null;
        Assert.NotEqual(plainLoss, plain.Loss);
        Assert.Equal(plain.Loss, again.Loss);
        Assert.All(plain.Gradients.Where(g => g.Key.StartsWith("decoder.", StringComparison.Ordinal)), pair => Assert.Equal(pair.Value, again.Gradients[pair.Key]));
    }

    [Fact]
    public void Recompute_ManyTimes_LeavesNoTensorBehind()
    {
        Pass(recompute: true);
        long before = Held();
        for (int i = 0; i < 20; i++)
        {
            Pass(recompute: true);
        }
        Assert.Equal(before, Held());
    }

    // What the autograd engine hands to managed code goes with its finalisers.
    static long Held()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }

    (float Loss, Dictionary<string, float[]> Gradients) Pass(bool recompute)
    {
        using DisposeScope scope = NewDisposeScope();
        _network.Recompute = recompute;
        using var generator = new Generator(5);
        Tensor ids = randint(32, [2, 6], dtype: ScalarType.Int64, generator: generator), mask = ones(2, 6, dtype: ScalarType.Bool);
        Tensor tokens = randint(16, [2, 64], dtype: ScalarType.Int64, generator: generator);
        Tensor states = _network.EncodeText(ids, mask);
        Tensor loss = nn.functional.cross_entropy(_network.DecodeTrain(tokens, states, mask).flatten(0, 1), tokens.flatten());
        loss.backward();
        Dictionary<string, float[]> gradients = [];
        foreach ((string name, Parameter parameter) in _network.named_parameters())
        {
            using Tensor grad = parameter.grad!;
            gradients[name] = grad.data<float>().ToArray();
            parameter.grad = null;
        }
        return (loss.item<float>(), gradients);
    }
}
