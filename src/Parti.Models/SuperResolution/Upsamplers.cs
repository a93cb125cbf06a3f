using Parti.Models.Checkpoints;
using static TorchSharp.torch;

namespace Parti.Models.SuperResolution;

/// <summary>Makes upsamplers of every kind: <c>[B, 3, H, W]</c> from 0 to 1 to <c>[B, 3, fH, fW]</c>, raw.</summary>
public static class Upsamplers
{
    /// <summary>Allocates an upsampler with random weights.</summary>
    /// <param name="sizes">Kind and sizes.</param>
    /// <param name="device">Where the weights are; meta allocates nothing.</param>
    public static nn.Module<Tensor, Tensor> Create(UpsamplerArchitecture sizes, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        return sizes.Kind switch
        {
            UpsamplerKind.Dense => new DenseUpsampler(sizes, device),
            UpsamplerKind.ResidualDense => new ResidualDenseUpsampler(sizes, device),
            _ => new Upsampler(sizes, device),
        };
    }
}
