using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Runs;

/// <summary>
/// Adam with decoupled weight decay (on matrices only) and a clip of the global gradient norm (Parti §3 clips at 4).
/// Its moments are plain tensors, so that a checkpoint is weights + moments + step.
/// </summary>
sealed class AdamW : IDisposable
{
    const double Epsilon = 1e-8;
    readonly (string Name, Parameter Value, Tensor First, Tensor Second)[] _entries;
    readonly double _beta1, _beta2, _decay, _clip;

    /// <summary>Allocates zero moments.</summary>
    public AdamW(IEnumerable<(string Name, Parameter Value)> parameters, double beta1, double beta2, double decay, double clip)
    {
        _entries = [.. parameters.Select(p => (p.Name, p.Value, zeros_like(p.Value).DetachFromDisposeScope(), zeros_like(p.Value).DetachFromDisposeScope()))];
        (_beta1, _beta2, _decay, _clip) = (beta1, beta2, decay, clip);
    }

    /// <summary>Moments by name, for checkpoints.</summary>
    public IEnumerable<(string Name, Tensor Value)> State =>
        _entries.SelectMany(e => new[] { ($"adam.first.{e.Name}", e.First), ($"adam.second.{e.Name}", e.Second) });

    /// <summary>One update from the gradients at hand, which are then cleared.</summary>
    /// <param name="step">Updates done before this one.</param>
    /// <param name="rate">Learning rate.</param>
    /// <returns>The gradient norm before clipping.</returns>
    public double Step(long step, double rate)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double norm = Norm(), scale = norm > _clip ? _clip / norm : 1;
        using Scalar scaling = scale.ToScalar(), decayed = (1 - rate * _decay).ToScalar();
        double correction1 = 1 - Math.Pow(_beta1, step + 1), correction2 = 1 - Math.Pow(_beta2, step + 1);
        using Scalar bias2 = correction2.ToScalar(), move = (-rate / correction1).ToScalar();
        foreach ((string _, Parameter value, Tensor first, Tensor second) in _entries)
        {
            if (value.grad is not { } grad)
            {
                continue;
            }
            Tensor scaled = grad.mul(scaling);
            first.mul_(Scalars.Of(_beta1)).add_(scaled, alpha: Scalars.Of(1 - _beta1));
            second.mul_(Scalars.Of(_beta2)).addcmul_(scaled, scaled, Scalars.Of(1 - _beta2));
            if (value.dim() > 1)
            {
                value.mul_(decayed);
            }
            value.addcdiv_(first, second.div(bias2).sqrt_().add_(Scalars.Of(Epsilon)), move);
            value.grad = null;
        }
        return norm;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach ((_, _, Tensor first, Tensor second) in _entries)
        {
            first.Dispose();
            second.Dispose();
        }
    }

    double Norm()
    {
        Tensor[] squares = [.. _entries.Select(e => e.Value.grad).OfType<Tensor>().Select(g => g.square().sum())];
        return squares.Length == 0 ? 0 : Math.Sqrt(stack(squares).sum().item<float>());
    }
}
