namespace Parti.Training.Text;

/// <summary>The digamma function, the derivative of the logarithm of the gamma function.</summary>
static class Digamma
{
    // From here on four terms of the asymptotic series are exact to 1e-11.
    const double Far = 12;

    /// <summary>ψ(x).</summary>
    /// <param name="x">Above 0.</param>
    internal static double Of(double x)
    {
        double below = 0;
        for (; x < Far; x++)
        {
            below += 1 / x;
        }
        double square = 1 / (x * x);
        return Math.Log(x) - 0.5 / x - square * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square / 240))) - below;
    }
}
