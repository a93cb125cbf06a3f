using Parti.Models.Layers;
using Parti.Models.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Tests.Layers;

public sealed class HalfPrecisionTests
{
    [Fact]
    public void Apply_Parti_MatricesAreShortTheRestIsFloat32()
    {
        using PartiTransformer model = new(PartiPresets.Demo);
        HalfPrecision.Apply(model, ScalarType.BFloat16);

        Dictionary<string, ScalarType> types = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.dtype);
        Assert.Equal(ScalarType.BFloat16, types["decoder.0.self_attention.query.weight"]);
        Assert.Equal(ScalarType.BFloat16, types["encoder.0.mlp.up.weight"]);
        Assert.Equal(ScalarType.Float32, types["head.weight"]);
        Assert.Equal(ScalarType.Float32, types["decoder.0.self_norm.weight"]);
        Assert.Equal(ScalarType.Float32, types["image_embedding.weight"]);
    }

    [Fact]
    public void Step_HalfPrecision_LogitsStayNearFloat32()
    {
        using IDisposable noGrad = no_grad();
        random.manual_seed(2);
        using PartiTransformer model = new(PartiPresets.Demo);
        using DisposeScope scope = NewDisposeScope();
        Tensor states = randn(1, model.Architecture.MaxTextTokens, model.Architecture.Width);
        Tensor mask = ones([1, model.Architecture.MaxTextTokens], ScalarType.Bool);
        Tensor full = Steps(model, states, mask, ScalarType.Float32);
        HalfPrecision.Apply(model, ScalarType.BFloat16);
        Tensor half = Steps(model, states, mask, ScalarType.BFloat16);

        Assert.Equal(ScalarType.Float32, half.dtype);
        Assert.InRange(full.sub(half).abs().max().item<float>(), 1e-4f, 0.1f * full.std().item<float>());
    }

    static Tensor Steps(PartiTransformer model, Tensor states, Tensor mask, ScalarType type)
    {
        using DecoderCache cache = new(model, 1, type: type);
        cache.Enter(0, states, mask);
        return cat([.. Enumerable.Range(0, 6).Select(position => cache.Step(tensor(new[] { position * 7L }), tensor(new long[] { position })))]);
    }
}
