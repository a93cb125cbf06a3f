using static TorchSharp.torch;

namespace Parti.Training.Adversaries;

/// <summary>
/// Keeps an adversary from wrecking reconstructions (taming-transformers issues 44 and 93). It follows the squared error by a moving
/// average; when that rises above a multiple of its best before, the adversarial loss is left out until it has fallen again. Then the
/// weight rises anew, to a part of what it was.
/// </summary>
/// <param name="options">Multiples, memory and ramp.</param>
sealed class ReconstructionGuard(AdversaryOptions options) : IDisposable
{
    const int Running = 0, Best = 1, Ramped = 2, Off = 3, Trips = 4;

    // Running error and its best (both -1 before the first), steps of the ramp so far, 1 while left out, how often it was left out.
    readonly Tensor _state = tensor([-1.0, -1, 0, 0, 0]).DetachFromDisposeScope();

    /// <summary>All that it remembers <c>[5]</c>, float64.</summary>
    public Tensor State => _state;

    /// <summary>How often the loss was left out.</summary>
    public long TimesLeftOut => (long)Read()[Trips];

    /// <summary>Takes the error of one step and says what the adversarial loss weighs in it.</summary>
    /// <param name="error">Mean squared error of the step's pictures.</param>
    /// <param name="joined">Whether the adversary has a say in this step.</param>
    /// <returns>Factor of the weight, 0 to 1; 0 while it is left out.</returns>
    public double Next(double error, bool joined)
    {
        double[] s = Read();
        s[Running] = s[Running] < 0 ? error : options.Memory * s[Running] + (1 - options.Memory) * error;
        if (s[Best] < 0 || s[Running] < s[Best])
        {
            s[Best] = s[Running];
        }
        double factor = joined ? Factor(s) : 0;
        Write(s);
        return factor;
    }

    /// <inheritdoc />
    public void Dispose() => _state.Dispose();

    double Factor(double[] s)
    {
        if (options.Guarded && s[Off] == 0 && s[Running] > options.Harm * s[Best])
        {
            (s[Off], s[Ramped]) = (1, 0);
            s[Trips]++;
        }
        else if (s[Off] == 1 && s[Running] <= options.Recovered * s[Best])
        {
            s[Off] = 0;
        }
        if (s[Off] == 1)
        {
            return 0;
        }
        s[Ramped] = Math.Min(s[Ramped] + 1, options.Ramp);
        return s[Ramped] / options.Ramp * Math.Pow(options.Backoff, s[Trips]);
    }

    double[] Read() => [.. _state.data<double>()];

    void Write(double[] s)
    {
        using Tensor values = tensor(s);
        _state.copy_(values);
    }
}
