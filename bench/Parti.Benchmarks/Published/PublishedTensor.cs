using Parti.Models.Checkpoints;

namespace Parti.Benchmarks.Published;

/// <summary>A tensor of a checkpoint that is written, not held: its bytes are drawn while they are asked for.</summary>
/// <param name="Name">Its published name.</param>
/// <param name="Type">Element type, one of the three floats that weights are published in.</param>
/// <param name="Shape">Sizes, outermost first.</param>
sealed record PublishedTensor(string Name, TensorDataType Type, long[] Shape)
{
    /// <summary>Length in bytes.</summary>
    public long Bytes => Elements * Type.Size();

    /// <summary>Product of the sizes.</summary>
    public long Elements { get; } = Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Half the width of the interval its elements are drawn from, so that a product keeps the spread of its input.</summary>
    public double Spread => Math.Sqrt(3.0 / Math.Max(1, Shape.Length < 2 ? Elements : Elements / Shape[0]));

    /// <summary>Middle of that interval: one for the scale of a norm, else zero.</summary>
    public double Middle => Shape.Length == 1 && Name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0;
}

/// <summary>Lists tensors the way a module of the original's would.</summary>
/// <param name="type">Element type of all of them.</param>
/// <param name="prefix">What stands before every name.</param>
sealed class TensorList(TensorDataType type, string prefix = "")
{
    readonly List<PublishedTensor> _tensors = [];

    public IReadOnlyList<PublishedTensor> Tensors => _tensors;

    /// <summary>One tensor.</summary>
    public TensorList Add(string name, params long[] shape)
    {
        _tensors.Add(new(prefix + name, type, shape));
        return this;
    }

    /// <summary>A matrix without bias.</summary>
    public TensorList Matrix(string name, long rows, long columns) => Add($"{name}.weight", rows, columns);

    /// <summary>A matrix with bias.</summary>
    public TensorList Linear(string name, long rows, long columns) => Matrix(name, rows, columns).Add($"{name}.bias", rows);

    /// <summary>Scale and shift of a norm.</summary>
    public TensorList Norm(string name, long width) => Add($"{name}.weight", width).Add($"{name}.bias", width);

    /// <summary>A square convolution with bias.</summary>
    public TensorList Convolution(string name, long outputs, long inputs, long edge) =>
        Add($"{name}.weight", outputs, inputs, edge, edge).Add($"{name}.bias", outputs);

    /// <summary>Everything of another list.</summary>
    public TensorList Join(TensorList other)
    {
        _tensors.AddRange(other.Tensors.Select(tensor => tensor with { Name = prefix + tensor.Name }));
        return this;
    }
}
