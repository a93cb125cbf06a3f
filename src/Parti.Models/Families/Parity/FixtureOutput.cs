using TorchSharp;

namespace Parti.Models.Families.Parity;

/// <summary>What our mathematics gives for one golden tensor of a fixture.</summary>
/// <param name="Name">The golden tensor's name.</param>
/// <param name="Values">Ours, of the same shape; it belongs to the family.</param>
/// <param name="Tolerance">
/// Largest absolute difference allowed; null takes <see cref="StateTolerance"/> for floats, <see cref="ByteTolerance"/> for bytes and 0 for
/// other integers, which are tokens.
/// </param>
public sealed record FixtureOutput(string Name, torch.Tensor Values, double? Tolerance = null)
{
    /// <summary>How it was computed where there is more than one way, such as <c>kernels</c>; null for the plain path.</summary>
    public string? Way { get; init; }

    /// <summary>The name, and how it was computed where that is not the plain path.</summary>
    public string RowName => Way is null ? Name : $"{Name} ({Way})";

    /// <summary>States and raw logits.</summary>
    public const double StateTolerance = 2e-5;

    /// <summary>Logits after guidance, which multiplies rounding errors.</summary>
    public const double GuidedTolerance = 5e-4;

    /// <summary>Pixels from -1 to 1 or 0 to 1 before they are clamped.</summary>
    public const double PixelTolerance = 2e-4;

    /// <summary>Pixels from 0 to 255 as floats.</summary>
    public const double Pixel255Tolerance = 0.05;

    /// <summary>Bytes at a truncation edge.</summary>
    public const double ByteTolerance = 1;
}
