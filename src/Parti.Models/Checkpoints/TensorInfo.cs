namespace Parti.Models.Checkpoints;

/// <summary>Where and what a tensor of a safetensors file is; every value has been checked against the file.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes, outermost first; empty for a single number.</param>
/// <param name="Elements">Product of <paramref name="Shape"/>.</param>
/// <param name="File">Path of the file that holds it.</param>
/// <param name="Offset">First byte in that file.</param>
public sealed record TensorInfo(string Name, TensorDataType Type, IReadOnlyList<long> Shape, long Elements, string File, long Offset)
{
    /// <summary>Length in bytes.</summary>
    public long Bytes => Elements * Type.Size();

    /// <summary>The shape as people write it, for example <c>[2, 3]</c>.</summary>
    public string ShapeText => Describe(Shape);

    internal static string Describe(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
