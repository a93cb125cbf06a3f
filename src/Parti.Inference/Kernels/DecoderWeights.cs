using Parti.Models.Checkpoints;

namespace Parti.Inference.Kernels;

/// <summary>The decoder's weights as the kernels read them.</summary>
sealed class DecoderWeights : IDisposable
{
    /// <summary>Lays out a Parti decoder.</summary>
    /// <param name="sizes">Sizes.</param>
    /// <param name="read">Row-major values of a weight by its name in a checkpoint.</param>
    /// <param name="format">How matrices are kept; tables and norms are float32.</param>
    public DecoderWeights(TransformerArchitecture sizes, Func<string, float[]> read, WeightFormat format = WeightFormat.Float32)
    {
        Sizes = sizes;
        Tokens = Table(read("image_embedding.weight"));
        GridRows = Table(read("row_positions.weight"));
        GridColumns = Table(read("column_positions.weight"));
        Layers = [.. Enumerable.Range(0, sizes.DecoderLayers).Select(i => new LayerWeights(sizes, format, name => read($"decoder.{i}.{name}.weight"), name => read($"decoder.{i}.{name}.bias")))];
        Norm = new(read("decoder_norm.weight"), read("decoder_norm.bias"));
        Head = new(sizes.Width, format, read("head.weight"));
    }

    /// <summary>Sizes.</summary>
    public TransformerArchitecture Sizes { get; }

    /// <summary>Image tokens and the start of the image <c>[V + 1, D]</c>.</summary>
    public NativeFloats Tokens { get; }

    /// <summary>Rows of the grid <c>[rows, D]</c>.</summary>
    public NativeFloats GridRows { get; }

    /// <summary>Columns of the grid <c>[columns, D]</c>.</summary>
    public NativeFloats GridColumns { get; }

    /// <summary>Layers.</summary>
    public IReadOnlyList<LayerWeights> Layers { get; }

    /// <summary>The norm after the stack.</summary>
    public NormWeights Norm { get; }

    /// <summary>The output <c>[V, D]</c>.</summary>
    public PackedMatrix Head { get; }

    /// <summary>Bytes of matrices that one step reads, however many rows it has.</summary>
    public long StepBytes => Layers.Sum(layer => layer.StepBytes) + Head.Bytes;

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (LayerWeights layer in Layers)
        {
            layer.Dispose();
        }
        Tokens.Dispose();
        GridRows.Dispose();
        GridColumns.Dispose();
        Norm.Dispose();
        Head.Dispose();
    }

    internal static NativeFloats Table(float[] values)
    {
        NativeFloats table = new(values.LongLength);
        values.CopyTo(table.Span(0, values.Length));
        return table;
    }
}

/// <summary>Scale and shift of a layer norm.</summary>
/// <param name="scale"><c>[D]</c>.</param>
/// <param name="shift"><c>[D]</c>.</param>
sealed class NormWeights(float[] scale, float[] shift) : IDisposable
{
    /// <summary><c>[D]</c>.</summary>
    public NativeFloats Scale { get; } = DecoderWeights.Table(scale);

    /// <summary><c>[D]</c>.</summary>
    public NativeFloats Shift { get; } = DecoderWeights.Table(shift);

    /// <inheritdoc />
    public void Dispose()
    {
        Scale.Dispose();
        Shift.Dispose();
    }
}

/// <summary>One decoder layer.</summary>
sealed class LayerWeights : IDisposable
{
    /// <summary>Lays out a layer.</summary>
    /// <param name="sizes">Sizes.</param>
    /// <param name="format">How matrices are kept.</param>
    /// <param name="weight">A matrix or scale of the layer by its name.</param>
    /// <param name="bias">A shift of the layer by its name.</param>
    public LayerWeights(TransformerArchitecture sizes, WeightFormat format, Func<string, float[]> weight, Func<string, float[]> bias)
    {
        int d = sizes.Width;
        SelfNorm = new(weight("self_norm"), bias("self_norm"));
        SelfProjections = new(d, format, weight("self_attention.query"), weight("self_attention.key"), weight("self_attention.value"));
        SelfOutput = new(d, format, weight("self_attention.output"));
        CrossNorm = new(weight("cross_norm"), bias("cross_norm"));
        CrossQuery = new(d, format, weight("cross_attention.query"));
        CrossText = new(d, format, weight("cross_attention.key"), weight("cross_attention.value"));
        CrossOutput = new(d, format, weight("cross_attention.output"));
        MlpNorm = new(weight("mlp_norm"), bias("mlp_norm"));
        Up = new(d, format, weight("mlp.up"));
        Down = new(sizes.MlpWidth, format, weight("mlp.down"));
    }

    public NormWeights SelfNorm { get; }

    /// <summary>Queries, keys and values <c>[3 D, D]</c>.</summary>
    public PackedMatrix SelfProjections { get; }

    public PackedMatrix SelfOutput { get; }

    public NormWeights CrossNorm { get; }

    public PackedMatrix CrossQuery { get; }

    /// <summary>Keys and values of text states <c>[2 D, D]</c>; read once a prompt.</summary>
    public PackedMatrix CrossText { get; }

    public PackedMatrix CrossOutput { get; }

    public NormWeights MlpNorm { get; }

    public PackedMatrix Up { get; }

    public PackedMatrix Down { get; }

    /// <summary>Bytes of matrices that one step reads.</summary>
    public long StepBytes => Stepped.Sum(matrix => matrix.Bytes);

    IEnumerable<PackedMatrix> Stepped => [SelfProjections, SelfOutput, CrossQuery, CrossOutput, Up, Down];

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (PackedMatrix matrix in Stepped.Append(CrossText))
        {
            matrix.Dispose();
        }
        SelfNorm.Dispose();
        CrossNorm.Dispose();
        MlpNorm.Dispose();
    }
}
