using Parti.Models.Transformer;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Tests.Layers;

public sealed class ComputeTypeTests
{
    [Fact]
    public void Forward_Bfloat16Products_StayNearFloat32WithFloat32WeightsLogitsAndGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(4);
        using PartiTransformer plain = new(Sizes), halved = new(Sizes, ScalarType.BFloat16);
        using (no_grad())
        {
            foreach ((string name, Parameter value) in halved.named_parameters())
            {
                value.copy_(plain.get_parameter(name)!);
            }
        }
        (Tensor Logits, Tensor Loss) one = Pass(plain), two = Pass(halved);
        Assert.Equal(ScalarType.Float32, two.Logits.dtype);
        Assert.Equal(one.Loss.item<float>(), two.Loss.item<float>(), 0.02f);
        Assert.NotEqual(one.Logits.data<float>().ToArray(), two.Logits.data<float>().ToArray());
        two.Loss.backward();
        Assert.All(halved.named_parameters(), p => Assert.Equal((ScalarType.Float32, ScalarType.Float32), (p.parameter.dtype, p.parameter.grad!.dtype)));
    }

    static Parti.Models.Checkpoints.TransformerArchitecture Sizes =>
        PartiPresets.Demo with { EncoderLayers = 1, DecoderLayers = 2, Width = 32, MlpWidth = 64, Heads = 2, TextVocabulary = 32, CodebookSize = 16 };

    static (Tensor Logits, Tensor Loss) Pass(PartiTransformer network)
    {
        using var generator = new Generator(6);
        Tensor ids = randint(32, [2, 5], dtype: ScalarType.Int64, generator: generator), mask = ones(2, 5, dtype: ScalarType.Bool);
        Tensor tokens = randint(16, [2, 64], dtype: ScalarType.Int64, generator: generator);
        Tensor logits = network.DecodeTrain(tokens, network.EncodeText(ids, mask), mask);
        return (logits, nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten()));
    }
}
