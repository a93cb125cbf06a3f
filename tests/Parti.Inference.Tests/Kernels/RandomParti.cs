using Parti.Inference.Families;
using Parti.Inference.Kernels;
using Parti.Models.Checkpoints;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Tests.Kernels;

/// <summary>A Parti transformer: <c>dense</c>, <c>odd</c> or <c>convolution</c>.</summary>
sealed class RandomParti : RandomModel
{
    readonly PartiTransformer _network;

    public RandomParti(string name)
    {
        torch.random.manual_seed(Seed);
        _network = new(name switch
        {
            "odd" => Odd,
            "convolution" => Dense with { Attention = AttentionKind.Convolution, Kernel = 3 },
            _ => Dense,
        });
    }

    protected override ICachedDecoder Decoder => _network;

    public override float[] PlainLogits(int[] tokens)
    {
        using IDisposable noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        if (Format == WeightFormat.Int8)
        {
            _network.QuantiseDecoder();
        }
        torch.Tensor states = torch.tensor(States, [1, TextTokens, TextWidth]), mask = torch.ones([1, TextTokens], torch.ScalarType.Bool);
        return _network.DecodeTrain(torch.tensor([.. tokens.Select(t => (long)t)], [1, ImageTokens]), states, mask).data<float>().ToArray();
    }

    public override torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask) => _network.EncodeText(ids, mask);

    public override void Dispose()
    {
        _network.Dispose();
        base.Dispose();
    }

    protected override DecoderWeights Pack(Func<string, float[]> read) => PartiKernels.Pack(_network.Architecture, read, Format);
}
