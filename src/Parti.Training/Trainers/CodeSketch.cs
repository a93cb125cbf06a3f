using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// A training-only head: from the mean text state, which codes of the codebook the picture holds and at which mean row and column.
/// A code stands for a part of one shape in one colour, so the encoder must bind each colour to its shape, and each object to its
/// side of a relation, before the decoder can profit from the text.
/// Legend: B captions, T text tokens, N image tokens, D width, V codebook size.
/// </summary>
sealed class CodeSketch : IDisposable
{
    // Most codes are absent from most pictures; Adam would take thousands of steps to find that out.
    const double RareCode = -4;

    readonly Projection _presence, _places;
    readonly Tensor _rows, _columns;
    readonly int _codes;

    /// <summary>Allocates the head.</summary>
    /// <param name="sizes">Width, codebook and grid.</param>
    public CodeSketch(TransformerArchitecture sizes)
    {
        _codes = sizes.CodebookSize;
        _presence = new(sizes.Width, _codes, 0.1, withBias: true);
        _places = new(sizes.Width, 2L * _codes, 0.1, withBias: true);
        using IDisposable noGrad = no_grad();
        _presence.named_parameters().Single(p => p.name == "bias").parameter.fill_(Scalars.Of(RareCode));
        int[] tokens = [.. Enumerable.Range(0, sizes.ImageTokens)];
        _rows = tensor([.. tokens.Select(i => Centered(i / sizes.GridWidth, sizes.GridHeight))], [1, sizes.ImageTokens]);
        _columns = tensor([.. tokens.Select(i => Centered(i % sizes.GridWidth, sizes.GridWidth))], [1, sizes.ImageTokens]);
    }

    /// <summary>What the optimiser moves beside the network.</summary>
    public IEnumerable<(string Name, Parameter Value)> Trained =>
        _presence.named_parameters().Select(p => ($"sketch.presence.{p.name}", p.parameter))
            .Concat(_places.named_parameters().Select(p => ($"sketch.places.{p.name}", p.parameter)));

    /// <summary>
    /// Binary cross-entropy of presence, summed over codes, and squared error of the places of present codes, a code that covers many
    /// tokens counting less (its mean place says little); both averaged over captions.
    /// </summary>
    /// <param name="states">Text states <c>[B, T, D]</c>, zero where padded.</param>
    /// <param name="mask">True where a text token is real <c>[B, T]</c>.</param>
    /// <param name="tokens">Image tokens <c>[B, N]</c>, int64.</param>
    /// <param name="presenceWeight">
    /// Weight of presence against places. Above about 0.01 presence drowns them, as a sum over the whole codebook is a hundred times as large;
    /// once they are learnt it may be 0.05, for what places say nothing of: backgrounds, and which colour is which shape's.
    /// </param>
    public Tensor Loss(Tensor states, Tensor mask, Tensor tokens, double presenceWeight)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor mean = states.sum(1).div(mask.sum(1, keepdim: true).clamp_min(Scalars.Of(1)));
        Tensor count = PerCode(tokens, ones_like(_rows), _codes);
        Tensor present = count.gt(Scalars.Of(0)).to(ScalarType.Float32), share = present.div(count.clamp_min(Scalars.Of(1)));
        Tensor presence = nn.functional.binary_cross_entropy_with_logits(_presence.forward(mean), present, reduction: nn.Reduction.Sum);
        Tensor places = _places.forward(mean).tanh().unflatten(1, [2, -1]);
        Tensor error = Missed(places.select(1, 0), tokens, _rows, share).Plus(Missed(places.select(1, 1), tokens, _columns, share));
        Tensor placed = error.mul(share).sum(1).div(share.sum(1)).mean();
        return presence.mul(Scalars.Of(presenceWeight / tokens.shape[0])).Plus(placed).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _presence.Dispose();
        _places.Dispose();
        _rows.Dispose();
        _columns.Dispose();
    }

    // Rows and columns from -1 to 1.
    static float Centered(int place, int places) => places == 1 ? 0 : (2f * place / (places - 1)) - 1;

    static Tensor Missed(Tensor predicted, Tensor tokens, Tensor places, Tensor share) =>
        predicted.sub(PerCode(tokens, places, share.shape[1]).mul(share)).Squared();

    // Sums of a value of each token over the tokens of each code, [B, V].
    static Tensor PerCode(Tensor tokens, Tensor values, long codes) =>
        zeros(tokens.shape[0], codes).scatter_add_(1, tokens, values.expand(tokens.shape));
}
