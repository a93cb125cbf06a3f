using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// A training-only head: from the mean text state, which codes of the codebook each half of the picture holds (upper, lower, left,
/// right). A code stands for a part of one shape in one colour, so the encoder must bind each colour to its shape, and each object to
/// its side of a relation, before the decoder can profit from the text.
/// Legend: B captions, T text tokens, N image tokens, D width, V codebook size.
/// </summary>
sealed class CodePresence : IDisposable
{
    // Brings the loss to the size of one token's cross-entropy, so that neither drowns the other.
    const double Weight = 0.03;

    // Most codes are absent from most pictures; Adam would take thousands of steps to find that out.
    const double RareCode = -4;

    readonly Projection _head;
    readonly int _codes;
    readonly Tensor[] _halves;

    /// <summary>Allocates the head.</summary>
    /// <param name="sizes">Width, codebook and grid.</param>
    public CodePresence(TransformerArchitecture sizes)
    {
        _codes = sizes.CodebookSize;
        _halves = Halves(sizes.GridHeight, sizes.GridWidth);
        _head = new(sizes.Width, _halves.Length * _codes, 0.1, withBias: true);
        using IDisposable noGrad = no_grad();
        _head.named_parameters().Single(p => p.name == "bias").parameter.fill_(Scalars.Of(RareCode));
    }

    /// <summary>What the optimiser moves beside the network.</summary>
    public IEnumerable<(string Name, Parameter Value)> Trained => _head.named_parameters().Select(p => ($"presence.{p.name}", p.parameter));

    /// <summary>Binary cross-entropy, summed over codes and averaged over captions, scaled.</summary>
    /// <param name="states">Text states <c>[B, T, D]</c>, zero where padded.</param>
    /// <param name="mask">True where a text token is real <c>[B, T]</c>.</param>
    /// <param name="tokens">Image tokens <c>[B, N]</c>, int64.</param>
    public Tensor Loss(Tensor states, Tensor mask, Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor mean = states.sum(1).div(mask.sum(1, keepdim: true).clamp_min(Scalars.Of(1)));
        Tensor present = cat([.. _halves.Select(half => Present(tokens.index_select(1, half)))], 1);
        Tensor loss = nn.functional.binary_cross_entropy_with_logits(_head.forward(mean), present, reduction: nn.Reduction.Sum);
        return loss.mul(Scalars.Of(Weight / tokens.shape[0])).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _head.Dispose();
        foreach (Tensor half in _halves)
        {
            half.Dispose();
        }
    }

    Tensor Present(Tensor tokens) =>
        zeros(tokens.shape[0], _codes).scatter_(1, tokens, ones_like(tokens, ScalarType.Float32));

    static Tensor[] Halves(int rows, int columns)
    {
        Tensor Where(Func<int, int, bool> inside) =>
            tensor([.. Enumerable.Range(0, rows * columns).Where(i => inside(i / columns, i % columns)).Select(i => (long)i)]);
        return [Where((r, _) => r < rows / 2), Where((r, _) => r >= rows / 2), Where((_, c) => c < columns / 2), Where((_, c) => c >= columns / 2)];
    }
}
