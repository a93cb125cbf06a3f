namespace Parti.Inference.Planning;

/// <summary>A kind of accelerator, by its maker's data sheet.</summary>
/// <param name="Name">How it is asked for.</param>
/// <param name="Memory">Bytes.</param>
/// <param name="Bandwidth">Bytes a second.</param>
public sealed record KnownDevice(string Name, double Memory, double Bandwidth);

/// <summary>Accelerators that plans know by name.</summary>
public static class KnownDevices
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<KnownDevice> All { get; } =
    [
        new("t4", 16e9, 320e9), new("l4", 24e9, 300e9), new("a10", 24e9, 600e9), new("l40s", 48e9, 864e9),
        new("rtx3090", 24e9, 936e9), new("rtx4090", 24e9, 1008e9), new("v100", 32e9, 900e9), new("a100-40", 40e9, 1555e9),
        new("a100-80", 80e9, 2039e9), new("h100", 80e9, 3350e9), new("h200", 141e9, 4800e9),
    ];
}
