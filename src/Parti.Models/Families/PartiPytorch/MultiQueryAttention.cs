using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Families.PartiPytorch;

/// <summary>
/// Attention whose heads share one vector that is key and value at once, with a learned one in front that every position sees.
/// Legend: B rows, n positions, m positions attended to, D width, H heads, W width of a head.
/// </summary>
internal sealed class MultiQueryAttention : nn.Module
{
    private readonly LayerNorm norm;
    private readonly Projection query, key_value, output;
    private readonly Parameter null_key_value;
    private readonly Parameter? relative_positions;
    private readonly int _heads, _headWidth, _grid;

    /// <summary>Self attention, or cross attention where there is a width of a context.</summary>
    internal MultiQueryAttention(PartiPytorchSizes sizes, int? contextWidth, Device? device)
        : base(nameof(MultiQueryAttention))
    {
        (_heads, _headWidth, _grid) = (sizes.Heads, sizes.HeadWidth, sizes.Grid);
        int cells = (2 * _grid - 1) * (2 * _grid - 1);
        norm = nn.LayerNorm(sizes.Width, device: device);
        query = new(sizes.Width, _heads * _headWidth, device: device);
        key_value = new(contextWidth ?? sizes.Width, _headWidth, device: device);
        output = new(_heads * _headWidth, sizes.Width, device: device);
        null_key_value = new Parameter(randn(_headWidth, device: device));
        relative_positions = contextWidth is null ? new Parameter(randn(cells, _heads, device: device)) : null;
        RegisterComponents();
    }

    /// <summary>What is added to the states.</summary>
    /// <param name="x">States <c>[B, n, D]</c>.</param>
    /// <param name="context">What is attended to <c>[B, m, E]</c>, not normalised; null for the states themselves.</param>
    /// <param name="visible">Which of m a position sees: <c>[B, 1, 1, m]</c> or <c>[1, 1, n, m]</c>.</param>
    internal Tensor Forward(Tensor x, Tensor? context, Tensor visible)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor states = norm.forward(x);
        Tensor q = query.forward(states).unflatten(2, [_heads, _headWidth]).transpose(1, 2).mul(Scalars.Of(1 / Math.Sqrt(_headWidth)));
        Tensor kv = key_value.forward(context ?? states);
        kv = cat([null_key_value.expand(kv.shape[0], 1, _headWidth), kv], 1).unsqueeze(1);
        Tensor scores = q.matmul(kv.transpose(-2, -1));
        if (relative_positions is not null)
        {
            scores = scores.Plus(nn.functional.pad(Bias(x.shape[1]), [1, 0]));
        }

        Tensor hidden = nn.functional.pad(visible.logical_not(), [1, 0]);
        Tensor weights = scores.masked_fill(hidden, Scalars.Of(-float.MaxValue)).softmax(-1);
        return output.forward(weights.matmul(kv).transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    // [H, n, n]; position i of the sequence counts as cell i, the start token too.
    private Tensor Bias(long length)
    {
        Tensor at = TensorMath.Range(length, relative_positions!.device);
        Tensor row = at.div(Scalars.Of(_grid), RoundingMode.floor), column = at.sub(row.mul(Scalars.Of(_grid)));
        Tensor index = Distance(row).mul(Scalars.Of(2L * _grid - 1)).Plus(Distance(column));
        return relative_positions.index_select(0, index.flatten()).reshape(length, length, _heads).permute(2, 0, 1);
    }

    private Tensor Distance(Tensor coordinate) => coordinate.unsqueeze(1).sub(coordinate.unsqueeze(0)).Plus(Scalars.Of(_grid - 1L));
}
