using Parti.Models.Layers;
using Parti.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>Examples of one batch, prepared while the step before runs, and as tensors.</summary>
static class PictureBatch
{
    /// <summary>Batches of examples by number.</summary>
    /// <param name="examples">The stream.</param>
    /// <param name="batch">B.</param>
    /// <param name="size">S, edge in pixels.</param>
    public static ExampleBatches<Example[]> Ahead(IExamples examples, int batch, int size) =>
        new((number, _) => [.. Enumerable.Range(0, batch).Select(i => examples.At(number * batch + i, size))]);

    /// <summary>Batches of pairs by number.</summary>
    /// <param name="examples">The stream.</param>
    /// <param name="batch">B.</param>
    /// <param name="size">S, edge of the small pictures in pixels.</param>
    /// <param name="factor">How many times as wide the large ones are.</param>
    public static ExampleBatches<(Example Small, Example Large)[]> PairsAhead(IExamples examples, int batch, int size, int factor) =>
        new((number, _) => [.. Enumerable.Range(0, batch).Select(i => examples.PairAt(number * batch + i, size, factor))]);

    /// <summary>Pictures <c>[B, 3, S, S]</c>, 0 to 1.</summary>
    /// <param name="examples">B examples of one size.</param>
    /// <param name="size">S.</param>
    /// <param name="device">Where the tensor is.</param>
    public static Tensor Pixels(IEnumerable<Example> examples, int size, Device device) => Pixels([.. examples.Select(e => e.Pixels)], size, device);

    /// <summary>Pictures <c>[B, 3, S, S]</c>, 0 to 1.</summary>
    /// <param name="pictures">B arrays <c>[S, S, 3]</c>.</param>
    /// <param name="size">S.</param>
    /// <param name="device">Where the tensor is.</param>
    public static Tensor Pixels(byte[][] pictures, int size, Device device)
    {
        int length = 3 * size * size;
        byte[] bytes = new byte[pictures.Length * length];
        for (int i = 0; i < pictures.Length; i++)
        {
            pictures[i].AsSpan(0, length).CopyTo(bytes.AsSpan(i * length));
        }
        using DisposeScope scope = NewDisposeScope();
        Tensor stored = tensor(bytes, [pictures.Length, size, size, 3]).to(device);
        return stored.permute(0, 3, 1, 2).to(ScalarType.Float32).div(Scalars.Of(255)).MoveToOuterDisposeScope();
    }
}
