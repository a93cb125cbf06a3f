using Parti.Models.Checkpoints;
using TorchSharp;

namespace Parti.Models.Families.Importing;

/// <summary>A tensor of a published checkpoint. Its bytes are read when they are asked for and never kept.</summary>
/// <param name="name">Its key in the checkpoint.</param>
/// <param name="type">Element type.</param>
/// <param name="shape">Sizes, outermost first; empty for a single number.</param>
public abstract class SourceTensor(string name, TensorDataType type, IReadOnlyList<long> shape)
{
    // A multiple of every element's size.
    private const int ChunkBytes = 1 << 20;

    /// <summary>Its key in the checkpoint.</summary>
    public string Name => name;

    /// <summary>Element type.</summary>
    public TensorDataType Type => type;

    /// <summary>Sizes, outermost first; empty for a single number.</summary>
    public IReadOnlyList<long> Shape => shape;

    /// <summary>Product of <see cref="Shape"/>.</summary>
    public long Elements { get; } = shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Length in bytes, row-major and without gaps.</summary>
    public long Bytes => Elements * type.Size();

    /// <summary>The shape as people write it, for example <c>[2, 3]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", shape)}]";

    /// <summary>Reads part of the elements, row-major, little-endian.</summary>
    /// <param name="offset">First byte: 0 to <see cref="Bytes"/>, a multiple of the element's size.</param>
    /// <param name="destination">As many bytes as are wanted, a multiple of the element's size.</param>
    public abstract void Read(long offset, Span<byte> destination);

    /// <summary>The tensor of the checkpoint that this one is a part of; itself where it is whole.</summary>
    internal virtual SourceTensor Root => this;

    /// <summary>The same elements in another shape.</summary>
    /// <param name="newShape">Sizes with the same product.</param>
    /// <exception cref="ArgumentException">The product differs.</exception>
    public SourceTensor Reshaped(params long[] newShape) => new PartTensor(this, 0, newShape);

    /// <summary>Some rows of the outermost dimension.</summary>
    /// <param name="start">First row.</param>
    /// <param name="count">Rows.</param>
    /// <exception cref="CheckpointException">The tensor has fewer rows.</exception>
    public SourceTensor Rows(long start, long count)
    {
        if (shape.Count == 0 || start < 0 || count < 0 || start + count > shape[0])
        {
            throw new CheckpointException($"Tensor \"{name}\" of shape {ShapeText} has no rows {start} to {start + count}.");
        }

        return new PartTensor(this, shape[0] == 0 ? 0 : start * (Elements / shape[0]), [count, .. shape.Skip(1)]);
    }

    /// <summary>Reads the tensor into memory.</summary>
    /// <param name="target">Element type of the result; null keeps integers and makes float32 of floats.</param>
    /// <returns>A new tensor on the processor, the caller's to dispose.</returns>
    public torch.Tensor ToTensor(torch.ScalarType? target = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor tensor = torch.empty([.. shape], dtype: type.ToScalarType());
        torch.Tensor flat = tensor.view(-1);
        long step = ChunkBytes / type.Size();
        for (long start = 0; start < Elements; start += step)
        {
            using torch.Tensor part = flat.narrow(0, start, Math.Min(step, Elements - start));
            Read(start * type.Size(), part.bytes);
        }

        return tensor.to(target ?? (type.IsFloat() ? torch.ScalarType.Float32 : type.ToScalarType())).MoveToOuterDisposeScope();
    }
}
