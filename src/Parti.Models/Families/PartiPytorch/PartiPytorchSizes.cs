using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;

namespace Parti.Models.Families.PartiPytorch;

/// <summary>Sizes of a transformer of parti-pytorch.</summary>
/// <param name="Layers">Layers.</param>
/// <param name="Width">Width D.</param>
/// <param name="MlpWidth">Width of the feed-forward layer.</param>
/// <param name="Heads">Heads H.</param>
/// <param name="HeadWidth">Width W of a head.</param>
/// <param name="Codes">Image token ids V.</param>
/// <param name="Grid">Rows and columns of the token grid.</param>
/// <param name="TextWidth">Width E of the text features.</param>
public sealed record PartiPytorchSizes(int Layers, int Width, int MlpWidth, int Heads, int HeadWidth, int Codes, int Grid, int TextWidth)
{
    /// <summary>Reads the sizes from the shapes of tensors under our names.</summary>
    /// <param name="ours">The tensors.</param>
    /// <exception cref="CheckpointException">A tensor is missing.</exception>
    public static PartiPytorchSizes Of(IReadOnlyDictionary<string, SourceTensor> ours)
    {
        int headWidth = Size("layers.0.self_attention.null_key_value", 0);
        return new(
            Enumerable.Range(0, 256).TakeWhile(layer => ours.ContainsKey($"layers.{layer}.widen.weight")).Count(),
            Size("token_embedding", 1), Size("layers.0.widen.weight", 0), Size("layers.0.self_attention.query.weight", 0) / Math.Max(headWidth, 1), headWidth,
            Size("token_embedding", 0), Size("row_positions", 0), Size("layers.0.cross_attention.key_value.weight", 1));

        int Size(string name, int dimension) => ours.TryGetValue(name, out SourceTensor? tensor) && tensor.Shape.Count > dimension && tensor.Shape[dimension] <= int.MaxValue
            ? (int)tensor.Shape[dimension]
            : throw new CheckpointException($"The tensor for \"{name}\" of the transformer is missing or has too few dimensions.");
    }
}
