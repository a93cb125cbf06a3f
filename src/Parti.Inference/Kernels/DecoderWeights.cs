namespace Parti.Inference.Kernels;

/// <summary>
/// A decoder as the kernels read it: what goes in, layers described block by block, the last norm and the head. A family lays out its
/// weights here (<c>Families</c>); the kernels know no names.
/// </summary>
sealed class DecoderWeights : IDisposable
{
    /// <summary>Sizes.</summary>
    public required DecoderSizes Sizes { get; init; }

    /// <summary>What a token at a position becomes.</summary>
    public required DecoderInput Input { get; init; }

    /// <summary>What turns queries and keys with the position, or null.</summary>
    public RotaryWeights? Rotary { get; init; }

    /// <summary>Layers.</summary>
    public required IReadOnlyList<LayerWeights> Layers { get; init; }

    /// <summary>The norm after the stack.</summary>
    public required NormWeights Norm { get; init; }

    /// <summary>A layer through a GELU before the output, or null.</summary>
    public HeadLayer? HeadLayer { get; init; }

    /// <summary>The output <c>[V, D]</c>, or over the width of <see cref="HeadLayer"/>.</summary>
    public required PackedMatrix Head { get; init; }

    /// <summary>Added to the output <c>[V]</c>, or null.</summary>
    public NativeFloats? HeadBias { get; init; }

    /// <summary>Bytes of matrices that one step reads, however many rows it has.</summary>
    public long StepBytes => Layers.Sum(layer => layer.StepBytes) + (HeadLayer?.Matrix.Bytes ?? 0) + Head.Bytes;

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (LayerWeights layer in Layers)
        {
            layer.Dispose();
        }
        Input.Dispose();
        Norm.Dispose();
        HeadLayer?.Dispose();
        Head.Dispose();
        HeadBias?.Dispose();
        Rotary?.Dispose();
    }
}

/// <summary>The first layer of a head that has two.</summary>
/// <param name="Matrix"><c>[W, D]</c>.</param>
/// <param name="Bias"><c>[W]</c>.</param>
sealed record HeadLayer(PackedMatrix Matrix, NativeFloats Bias) : IDisposable
{
    /// <inheritdoc />
    public void Dispose()
    {
        Matrix.Dispose();
        Bias.Dispose();
    }
}
