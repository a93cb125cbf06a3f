using Parti.Models.Layers;
using Parti.Models.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Tests.Layers;

[Collection(nameof(TensorCountTests))]
public sealed class SeededDropoutTests : IDisposable
{
    const double Share = 0.25;
    readonly SeededDropout _dropout = new(Share, null);

    public void Dispose() => _dropout.Dispose();

    [Fact]
    public void Apply_OneSeed_DropsTheSameNumbersAgain()
    {
        float[] first = Dropped(7), again = Dropped(7), other = Dropped(8);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void Apply_ManyNumbers_DropsTheShareAndKeepsTheMean()
    {
        float[] dropped = Dropped(7);
        // Ten thousand draws: four deviations are 0.0173.
        Assert.Equal(Share, dropped.Count(value => value == 0) / (double)dropped.Length, 0.018);
        Assert.All(dropped, value => Assert.True(value == 0 || Math.Abs(value - (1 / (1 - Share))) < 1e-6));
    }

    [Fact]
    public void Decode_NetworkWithDropout_ChangesLogitsAsLongAsItIsThere()
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(3);
        using PartiTransformer network = new(PartiPresets.Demo with { EncoderLayers = 1, DecoderLayers = 2, Width = 32, MlpWidth = 64, Heads = 2, TextVocabulary = 32, CodebookSize = 16 });
        float[] plain = Logits(network);
        network.Dropout = _dropout;
        float[] dropped = Logits(network);
        network.Dropout = null;
        Assert.NotEqual(plain, dropped);
        Assert.Equal(plain, Logits(network));
    }

    float[] Logits(PartiTransformer network)
    {
        using DisposeScope scope = NewDisposeScope();
        _dropout.Begin(7);
        Tensor ids = tensor([1L, 2, 3], [1, 3]), mask = ones([1, 3], ScalarType.Bool);
        return network.DecodeTrain(tensor([4L, 5, 6], [1, 3]), network.EncodeText(ids, mask), mask).detach().data<float>().ToArray();
    }

    void Enter(ulong seed)
    {
        _dropout.Begin(seed);
        _dropout.Enter(0);
    }

    float[] Dropped(ulong seed)
    {
        using DisposeScope scope = NewDisposeScope();
        Enter(seed);
        return _dropout.Apply(ones(10_000)).data<float>().ToArray();
    }
}
