using Parti.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.ImageTokenizer;

/// <summary>
/// The map of pixels from 0 to 1 onto ε to 1 - ε, where the logit is bounded, and back (DALL·E appendix A.3).
/// </summary>
public static class LogitLaplaceMap
{
    /// <summary>ε of the paper.</summary>
    public const double Epsilon = 0.1;

    /// <summary>Pixels 0 to 1 to values ε to 1 - ε, of the same shape.</summary>
    /// <param name="pixels">Any shape.</param>
    public static Tensor ToOpen(Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        return pixels.mul(Scalars.Of(1 - 2 * Epsilon)).Plus(Scalars.Of(Epsilon)).MoveToOuterDisposeScope();
    }

    /// <summary>Pixels of the means μ: the inverse map of their sigmoid. Values may leave 0 to 1 by ε / (1 - 2 ε).</summary>
    /// <param name="means">Any shape, before the sigmoid.</param>
    public static Tensor ToPixels(Tensor means)
    {
        using DisposeScope scope = NewDisposeScope();
        return means.sigmoid().sub(Scalars.Of(Epsilon)).div(Scalars.Of(1 - 2 * Epsilon)).MoveToOuterDisposeScope();
    }
}
