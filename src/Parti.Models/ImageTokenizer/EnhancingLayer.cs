using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.ImageTokenizer;

/// <summary>One layer of enhancing-transformers: attention and a feed-forward layer with tanh, each behind a norm and around a skip.</summary>
internal sealed class EnhancingLayer : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm attention_norm, feed_forward_norm;
    private readonly Projection query_key_value, widen, narrow;
    private readonly Projection? attention_output;
    private readonly int _heads, _headWidth;

    internal EnhancingLayer(TransformerStack sizes, Device? device)
        : base(nameof(EnhancingLayer))
    {
        (_heads, _headWidth) = (sizes.Heads, sizes.HeadWidth);
        int inner = _heads * _headWidth;
        attention_norm = nn.LayerNorm(sizes.Width, device: device);
        query_key_value = new(sizes.Width, 3 * inner, device: device);
        // The original leaves it out where it could only be the identity.
        attention_output = _heads == 1 && inner == sizes.Width ? null : new(inner, sizes.Width, withBias: true, device: device);
        feed_forward_norm = nn.LayerNorm(sizes.Width, device: device);
        widen = new(sizes.Width, sizes.MlpWidth, withBias: true, device: device);
        narrow = new(sizes.MlpWidth, sizes.Width, withBias: true, device: device);
        RegisterComponents();
    }

    /// <summary><c>[B, N, D]</c> to the same.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = input.Plus(Attend(attention_norm.forward(input)));
        return x.Plus(narrow.forward(widen.forward(feed_forward_norm.forward(x)).tanh())).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor x)
    {
        Tensor[] parts = query_key_value.forward(x).chunk(3, -1);
        (Tensor q, Tensor k, Tensor v) = (Split(parts[0]), Split(parts[1]), Split(parts[2]));
        Tensor weights = q.matmul(k.transpose(-2, -1)).mul(Scalars.Of(1 / Math.Sqrt(_headWidth))).softmax(-1);
        Tensor mixed = weights.matmul(v).transpose(1, 2).flatten(2);
        return attention_output is null ? mixed : attention_output.forward(mixed);
    }

    private Tensor Split(Tensor x) => x.unflatten(2, [_heads, _headWidth]).transpose(1, 2);
}
