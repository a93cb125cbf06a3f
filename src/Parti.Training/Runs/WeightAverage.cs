using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Runs;

/// <summary>An exponential moving average of weights, short-sighted at first so that the initial weights do not linger.</summary>
sealed class WeightAverage : IDisposable
{
    readonly (string Name, Tensor Value, Tensor Mean)[] _entries;
    readonly double _decay;

    /// <summary>Begins at the weights as they are.</summary>
    /// <param name="weights">Weights and buffers by name, all of floating type.</param>
    /// <param name="decay">Share of the past in a new mean: 0 to below 1.</param>
    public WeightAverage(IEnumerable<(string Name, Tensor Value)> weights, double decay)
    {
        using IDisposable noGrad = no_grad();
        _entries = [.. weights.Select(p => (p.Name, p.Value, p.Value.detach().clone().DetachFromDisposeScope()))];
        _decay = decay;
    }

    /// <summary>The means by name, changed in place only.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => _entries.Select(e => (e.Name, e.Mean));

    /// <summary>Takes in the weights as they are.</summary>
    /// <param name="updates">Updates done before this one.</param>
    public void Update(long updates)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double decay = Math.Min(_decay, (1.0 + updates) / (10.0 + updates));
        using Scalar kept = decay.ToScalar(), added = (1 - decay).ToScalar();
        foreach ((string _, Tensor value, Tensor mean) in _entries)
        {
            mean.mul_(kept).add_(value, alpha: added);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach ((string _, Tensor _, Tensor mean) in _entries)
        {
            mean.Dispose();
        }
    }
}
