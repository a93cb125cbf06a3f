using Parti.Inference.Execution;
using Parti.Inference.Families;
using Parti.Inference.Kernels;
using Parti.Models.Checkpoints;
using Parti.Models.Families.MinDalle;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Tests.Kernels;

/// <summary>A transformer of the min-dalle family: <c>min-dalle</c> or <c>min-dalle-odd</c>. Its norms are drawn too, so that none can be left out.</summary>
sealed class RandomMinDalle : RandomModel
{
    readonly MinDalleTransformer _network;

    public RandomMinDalle(string name)
    {
        TransformerArchitecture sizes = name == "min-dalle-odd" ? Odd : Dense;
        torch.random.manual_seed(Seed);
        _network = new(sizes, new() { ImageRows = sizes.CodebookSize + 3, StartToken = sizes.CodebookSize - 1 });
        using IDisposable noGrad = torch.no_grad();
        foreach ((string key, TorchSharp.Modules.Parameter parameter) in _network.named_parameters())
        {
            if (parameter.dim() == 1)
            {
                parameter.normal_(key.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0, 0.2);
            }
        }
    }

    protected override ICachedDecoder Decoder => _network.Decoder;

    public override float[] PlainLogits(int[] tokens)
    {
        if (Format == WeightFormat.Int8)
        {
            _network.QuantiseDecoder();
        }
        using TensorDecoder plain = new(this, RowCounts.For(1));
        plain.Enter(0, States, TextTokens);
        List<float> logits = [];
        for (int position = 0; position < tokens.Length; position++)
        {
            plain.Step([new(0, position == 0 ? -1 : tokens[position - 1], position)]);
            logits.AddRange(plain.Logits(0));
        }
        return [.. logits];
    }

    public override torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask) => _network.Encoder.Encode(ids, mask);

    public override void Dispose()
    {
        _network.Dispose();
        base.Dispose();
    }

    protected override DecoderWeights Pack(Func<string, float[]> read) => MinDalleKernels.Pack(_network.Decoder.Architecture, _network.Settings, read, Format);
}
