using Parti.Inference.Execution;
using Parti.Inference.Kernels;
using Parti.Models.Checkpoints;

namespace Parti.Inference.Families;

/// <summary>Lays out a Parti decoder for the kernels: pre-norm, un-gated feed-forward, row + column positions.</summary>
static class PartiKernels
{
    /// <summary>What the weights are called.</summary>
    public static ShareNames Names { get; } = new("decoder.", "encoder", "text_");

    /// <summary>Lays out the weights.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="read">Row-major values of a weight by its name in a checkpoint.</param>
    /// <param name="format">How matrices are kept; tables and norms are float32.</param>
    public static DecoderWeights Pack(TransformerArchitecture architecture, Func<string, float[]> read, WeightFormat format = WeightFormat.Float32)
    {
        DecoderSizes sizes = Sizes(architecture);
        return new()
        {
            Sizes = sizes,
            Input = new GridInput(sizes, read("image_embedding.weight"), read("row_positions.weight"), read("column_positions.weight")),
            Layers = Layers(architecture, ..architecture.DecoderLayers, read, format),
            Norm = Norm("decoder_norm", read),
            Head = new(sizes.Width, format, read("head.weight")),
        };
    }

    /// <summary>Sizes as the kernels see them.</summary>
    /// <param name="architecture">Sizes.</param>
    public static DecoderSizes Sizes(TransformerArchitecture architecture) => new()
    {
        Width = architecture.Width, Heads = architecture.Heads, ImageTokens = architecture.ImageTokens, MaxTextTokens = architecture.MaxTextTokens,
        Vocabulary = architecture.CodebookSize, GridWidth = architecture.GridWidth, Attention = architecture.Attention, Kernel = architecture.Kernel,
    };

    /// <summary>Lays out some of the layers.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="layers">Which.</param>
    /// <param name="read">Row-major values of a weight by its name in a checkpoint.</param>
    /// <param name="format">How matrices are kept.</param>
    public static IReadOnlyList<LayerWeights> Layers(TransformerArchitecture architecture, Range layers, Func<string, float[]> read, WeightFormat format)
    {
        (int first, int count) = layers.GetOffsetAndLength(architecture.DecoderLayers);
        return [.. Enumerable.Range(first, count).Select(i => Layer(architecture, format, name => read($"decoder.{i}.{name}")))];
    }

    /// <summary>Numbers of a layer's weight.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="name">Its name in a checkpoint.</param>
    public static long LengthOf(TransformerArchitecture architecture, string name) => name switch
    {
        _ when name.Contains("norm.", StringComparison.Ordinal) => architecture.Width,
        _ when name.Contains(".mlp.", StringComparison.Ordinal) => (long)architecture.Width * architecture.MlpWidth,
        _ => (long)architecture.Width * architecture.Width,
    };

    static LayerWeights Layer(TransformerArchitecture a, WeightFormat format, Func<string, float[]> read)
    {
        float[] Weight(string name) => read(name + ".weight");
        int d = a.Width;
        return new(
            new(
                Norm("self_norm", read), new(d, format, Weight("self_attention.query"), Weight("self_attention.key"), Weight("self_attention.value")),
                new(d, format, Weight("self_attention.output"))),
            new(
                Norm("cross_norm", read), new(d, format, Weight("cross_attention.query")), new(d, format, Weight("cross_attention.key"), Weight("cross_attention.value")),
                new(d, format, Weight("cross_attention.output"))),
            new(Norm("mlp_norm", read), FeedForwardKind.Rectified, new(d, format, Weight("mlp.up")), new(a.MlpWidth, format, Weight("mlp.down"))));
    }

    static NormWeights Norm(string name, Func<string, float[]> read) => new(read(name + ".weight"), read(name + ".bias"));
}
