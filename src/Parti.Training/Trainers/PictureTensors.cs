using Parti.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>Pictures as tensors.</summary>
static class PictureTensors
{
    /// <summary>Pictures <c>[B, 3, S, S]</c>, 0 to 1.</summary>
    /// <param name="pictures">B arrays <c>[S, S, 3]</c> of bytes.</param>
    /// <param name="size">S, edge in pixels.</param>
    /// <param name="device">Where they go; null for the processor.</param>
    public static Tensor From(IReadOnlyList<byte[]> pictures, int size, Device? device = null)
    {
        int one = 3 * size * size;
        byte[] bytes = new byte[pictures.Count * one];
        for (int i = 0; i < pictures.Count; i++)
        {
            pictures[i].AsSpan(0, one).CopyTo(bytes.AsSpan(i * one));
        }
        using DisposeScope scope = NewDisposeScope();
        return tensor(bytes, [pictures.Count, size, size, 3], device: device).permute(0, 3, 1, 2).to(ScalarType.Float32).div(Scalars.Of(255)).MoveToOuterDisposeScope();
    }
}
