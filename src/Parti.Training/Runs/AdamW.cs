using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Runs;

/// <summary>Adam with decoupled weight decay.</summary>
sealed class AdamW : Optimiser
{
    const double Epsilon = 1e-8;
    readonly (string Name, Parameter Value, Tensor First, Tensor Second)[] _entries;
    readonly OptimiserOptions _options;

    /// <summary>Allocates zero moments.</summary>
    public AdamW(IEnumerable<(string Name, Parameter Value)> parameters, OptimiserOptions options)
    {
        _entries = [.. parameters.Select(p => (p.Name, p.Value, zeros_like(p.Value).DetachFromDisposeScope(), zeros_like(p.Value).DetachFromDisposeScope()))];
        _options = options;
        Clip = options.Clip;
    }

    /// <inheritdoc />
    public override IEnumerable<(string Name, Tensor Value)> State =>
        _entries.SelectMany(e => new[] { ($"adam.first.{e.Name}", e.First), ($"adam.second.{e.Name}", e.Second) });

    /// <inheritdoc />
    protected override IEnumerable<Parameter> Parameters => _entries.Select(e => e.Value);

    /// <inheritdoc />
    protected override void Update(long updates, double rate, double scale)
    {
        using Scalar scaling = scale.ToScalar(), decayed = (1 - rate * _options.WeightDecay).ToScalar();
        double correction1 = 1 - Math.Pow(_options.Beta1, updates + 1), correction2 = 1 - Math.Pow(_options.Beta2, updates + 1);
        using Scalar bias2 = correction2.ToScalar(), move = (-rate / correction1).ToScalar();
        foreach ((string _, Parameter value, Tensor first, Tensor second) in _entries)
        {
            if (value.grad is not { } grad)
            {
                continue;
            }
            using DisposeScope scope = NewDisposeScope();
            Tensor scaled = grad.mul(scaling);
            first.mul_(Scalars.Of(_options.Beta1)).add_(scaled, alpha: Scalars.Of(1 - _options.Beta1));
            second.mul_(Scalars.Of(_options.Beta2)).addcmul_(scaled, scaled, Scalars.Of(1 - _options.Beta2));
            if (value.dim() > 1)
            {
                value.mul_(decayed);
            }
            value.addcdiv_(first, second.div(bias2).sqrt_().PlusInPlace(Scalars.Of(Epsilon)), move);
        }
    }
}
