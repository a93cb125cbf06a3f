using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Layers;

/// <summary>
/// Weights held in half precision for serving on an accelerator: matrices take half the memory and half the time to read. Tables, norms,
/// softmax and logits stay float32 (Parti §3).
/// </summary>
public static class HalfPrecision
{
    /// <summary>Turns the matrices of a network, but those that keep float32, into a shorter type.</summary>
    /// <param name="network">Network; not trained any further.</param>
    /// <param name="type">BFloat16 or Float16.</param>
    public static void Apply(nn.Module network, ScalarType type)
    {
        using IDisposable noGradient = no_grad();
        foreach (nn.Module module in network.modules())
        {
            if (module is Projection { KeepsFloat32: false })
            {
                module.to(type);
            }
        }
    }
}
