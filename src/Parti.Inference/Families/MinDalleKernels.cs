using Parti.Inference.Execution;
using Parti.Inference.Kernels;
using Parti.Models.Checkpoints;
using Parti.Models.Families.MinDalle;

namespace Parti.Inference.Families;

/// <summary>Lays out a min-dalle decoder for the kernels: norms on both sides of an attention, GELU-gated feed-forward, learned positions under a norm.</summary>
static class MinDalleKernels
{
    /// <summary>What stands before the decoder's weights in a checkpoint of encoder and decoder.</summary>
    public const string Prefix = "decoder.";

    /// <summary>What the weights of such a checkpoint are called.</summary>
    public static ShareNames Names { get; } = new(Prefix + "layers.", "encoder.");

    /// <summary>Lays out the weights.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="settings">Rows of the embedding, start of the image.</param>
    /// <param name="read">Row-major values of a weight of the decoder by its name in a checkpoint.</param>
    /// <param name="format">How matrices are kept; tables and norms are float32.</param>
    public static DecoderWeights Pack(TransformerArchitecture architecture, MinDalleSettings settings, Func<string, float[]> read, WeightFormat format = WeightFormat.Float32)
    {
        int d = architecture.Width;
        return new()
        {
            Sizes = Sizes(architecture),
            Input = new NormedInput(settings.StartToken, read("embed_tokens.weight"), read("embed_positions.weight"), Norm("layernorm_embedding", read)),
            Layers = Layers(architecture, ..architecture.DecoderLayers, read, format),
            Norm = Norm("final_ln", read),
            // Rows beyond the codebook are never sampled.
            Head = new(d, format, read("lm_head.weight")[..(architecture.CodebookSize * d)]),
        };
    }

    /// <summary>Sizes as the kernels see them.</summary>
    /// <param name="architecture">Sizes.</param>
    public static DecoderSizes Sizes(TransformerArchitecture architecture) => new()
    {
        Width = architecture.Width, Heads = architecture.Heads, ImageTokens = architecture.ImageTokens, MaxTextTokens = architecture.MaxTextTokens,
        Vocabulary = architecture.CodebookSize, GridWidth = architecture.GridWidth,
    };

    /// <summary>Lays out some of the layers.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="layers">Which.</param>
    /// <param name="read">Row-major values of a weight of the decoder by its name in a checkpoint.</param>
    /// <param name="format">How matrices are kept.</param>
    public static IReadOnlyList<LayerWeights> Layers(TransformerArchitecture architecture, Range layers, Func<string, float[]> read, WeightFormat format)
    {
        (int first, int count) = layers.GetOffsetAndLength(architecture.DecoderLayers);
        return [.. Enumerable.Range(first, count).Select(i => Layer(architecture, format, name => read($"layers.{i}.{name}")))];
    }

    /// <summary>Numbers of a layer's weight.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="name">Its name in a checkpoint.</param>
    public static long LengthOf(TransformerArchitecture architecture, string name) => name switch
    {
        _ when name.Contains(".glu.ln1.", StringComparison.Ordinal) => architecture.MlpWidth,
        _ when name.Contains("norm.", StringComparison.Ordinal) || name.Contains(".glu.ln0.", StringComparison.Ordinal) => architecture.Width,
        _ when name.Contains(".glu.", StringComparison.Ordinal) => (long)architecture.Width * architecture.MlpWidth,
        _ => (long)architecture.Width * architecture.Width,
    };

    private static LayerWeights Layer(TransformerArchitecture a, WeightFormat format, Func<string, float[]> read)
    {
        int d = a.Width;
        PackedMatrix Matrix(int inputs, params string[] names) => new(inputs, format, [.. names.Select(name => read(name + ".weight"))]);
        return new(
            new(
                Norm("pre_self_attn_layer_norm", read), Matrix(d, "self_attn.query", "self_attn.key", "self_attn.value"), Matrix(d, "self_attn.output"),
                Norm("self_attn_layer_norm", read)),
            new(
                Norm("pre_encoder_attn_layer_norm", read), Matrix(d, "encoder_attn.query"), Matrix(d, "encoder_attn.key", "encoder_attn.value"),
                Matrix(d, "encoder_attn.output"), Norm("encoder_attn_layer_norm", read)),
            new(Norm("glu.ln0", read), FeedForwardKind.GeluGated, Matrix(d, "glu.fc0", "glu.fc1"), Matrix(a.MlpWidth, "glu.fc2"), Norm("glu.ln1", read)));
    }

    private static NormWeights Norm(string name, Func<string, float[]> read) => new(read(name + ".weight"), read(name + ".bias"));
}
