using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Runs;

/// <summary>
/// Adafactor (Shazeer, Stern 2018) as Parti §3 uses it: given learning rates, a first moment, decoupled weight decay. The second moment of
/// a matrix is the outer product of its row and column means; vectors and narrow matrices keep it whole. The first moment of a matrix is
/// a signed byte a weight, with one scale a row.
/// </summary>
sealed class Adafactor : Optimiser
{
    const double Tiny = 1e-30;

    // Below this a factored moment saves nothing worth its error.
    const int LeastFactored = 32;

    readonly Entry[] _entries;
    readonly OptimiserOptions _options;

    /// <summary>Allocates zero moments.</summary>
    public Adafactor(IEnumerable<(string Name, Parameter Value)> parameters, OptimiserOptions options)
    {
        _options = options;
        _entries = [.. parameters.Select(p => new Entry(p.Name, p.Value, options.ByteMomentum))];
        Clip = options.Clip;
    }

    /// <inheritdoc />
    public override IEnumerable<(string Name, Tensor Value)> State => _entries.SelectMany(e => e.State);

    /// <inheritdoc />
    protected override IEnumerable<Parameter> Parameters => _entries.Select(e => e.Value);

    /// <inheritdoc />
    protected override void Update(long updates, double rate, double scale)
    {
        using Scalar scaling = scale.ToScalar(), decayed = (1 - rate * _options.WeightDecay).ToScalar();
        using Scalar move = (-rate / (1 - Math.Pow(_options.Beta1, updates + 1))).ToScalar();
        using Scalar unbias = (1 / (1 - Math.Pow(_options.Beta2, updates + 1))).ToScalar();
        foreach (Entry entry in _entries.Where(e => e.Value.grad is not null))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor direction = Direction(entry, entry.Value.grad!.mul(scaling), unbias);
            Tensor first = entry.First().mul_(Scalars.Of(_options.Beta1)).add_(direction, alpha: Scalars.Of(1 - _options.Beta1));
            entry.Keep(first);
            if (entry.Value.dim() > 1)
            {
                entry.Value.mul_(decayed);
            }
            entry.Value.add_(first, alpha: move);
        }
    }

    // The gradient over the root of its second moment, no longer than the update clip.
    Tensor Direction(Entry entry, Tensor grad, Scalar unbias)
    {
        Tensor squares = grad.Squared().PlusInPlace(Scalars.Of(Tiny));
        Tensor second = entry.Rows is null ? Follow(entry.Whole!, squares).mul(unbias) : Factored(entry, squares, unbias);
        Tensor direction = grad.mul(second.rsqrt());
        Tensor length = direction.Squared().mean().sqrt().div(Scalars.Of(_options.UpdateClip)).clamp_min(Scalars.Of(1));
        return direction.div(length);
    }

    Tensor Factored(Entry entry, Tensor squares, Scalar unbias)
    {
        Tensor matrix = squares.flatten(1);
        Tensor rows = Follow(entry.Rows!, matrix.mean([1])).mul(unbias), columns = Follow(entry.Columns!, matrix.mean([0])).mul(unbias);
        return rows.div(rows.mean()).unsqueeze(1).mul(columns.unsqueeze(0)).reshape(squares.shape);
    }

    Tensor Follow(Tensor moment, Tensor now) => moment.mul_(Scalars.Of(_options.Beta2)).add_(now, alpha: Scalars.Of(1 - _options.Beta2));

    /// <summary>One parameter and its moments.</summary>
    sealed class Entry
    {
        readonly string _name;
        readonly Tensor _first;
        readonly Tensor? _scales;

        public Entry(string name, Parameter value, bool byteMomentum)
        {
            (_name, Value) = (name, value);
            bool matrix = value.dim() > 1;
            if (matrix && value.shape[0] >= LeastFactored && value.numel() / value.shape[0] >= LeastFactored)
            {
                Rows = Kept(zeros(value.shape[0], device: value.device));
                Columns = Kept(zeros(value.numel() / value.shape[0], device: value.device));
            }
            else
            {
                Whole = Kept(zeros_like(value));
            }
            _first = Kept(zeros_like(value, matrix && byteMomentum ? ScalarType.Int8 : ScalarType.Float32));
            _scales = matrix && byteMomentum ? Kept(zeros([value.shape[0], .. Enumerable.Repeat(1L, (int)value.dim() - 1)], device: value.device)) : null;
        }

        public Parameter Value { get; }

        /// <summary>Mean square of each row, <c>[R]</c>; null where <see cref="Whole"/> is kept.</summary>
        public Tensor? Rows { get; }

        /// <summary>Mean square of each column, <c>[C]</c>.</summary>
        public Tensor? Columns { get; }

        /// <summary>Second moment of every weight.</summary>
        public Tensor? Whole { get; }

        public IEnumerable<(string Name, Tensor Value)> State =>
            new (string Kind, Tensor? Value)[] { ("first", _first), ("scales", _scales), ("rows", Rows), ("columns", Columns), ("whole", Whole) }
                .Where(s => s.Value is not null).Select(s => ($"adafactor.{s.Kind}.{_name}", s.Value!));

        public Tensor First() => _scales is null ? _first.clone() : _first.to(ScalarType.Float32).mul_(_scales);

        public void Keep(Tensor first)
        {
            if (_scales is null)
            {
                _first.copy_(first);
                return;
            }
            Tensor scales = first.abs().flatten(1).amax([1]).div(Scalars.Of(sbyte.MaxValue)).reshape(_scales.shape);
            _scales.copy_(scales);
            _first.copy_(first.div(scales.clamp_min(Scalars.Of(Tiny))).round());
        }

        static Tensor Kept(Tensor tensor) => tensor.detach().DetachFromDisposeScope();
    }
}
