using static TorchSharp.torch;

namespace Parti.Models.Transformer;

/// <summary>What a decoder knows of each image token by itself.</summary>
/// <param name="Inputs">Embeddings <c>[V + 1, D]</c>; the last is the start of the image.</param>
/// <param name="Outputs">Rows of the head <c>[V, D]</c>.</param>
public sealed record ImageTables(Tensor Inputs, Tensor Outputs);
