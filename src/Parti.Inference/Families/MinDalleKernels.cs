using Parti.Inference.Kernels;
using Parti.Models.Checkpoints;
using Parti.Models.Families.MinDalle;

namespace Parti.Inference.Families;

/// <summary>Lays out a min-dalle decoder for the kernels: norms on both sides of an attention, GELU-gated feed-forward, learned positions under a norm.</summary>
static class MinDalleKernels
{
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
            Sizes = new()
            {
                Width = d, Heads = architecture.Heads, ImageTokens = architecture.ImageTokens, MaxTextTokens = architecture.MaxTextTokens,
                Vocabulary = architecture.CodebookSize, GridWidth = architecture.GridWidth,
            },
            Input = new NormedInput(settings.StartToken, read("embed_tokens.weight"), read("embed_positions.weight"), Norm("layernorm_embedding", read)),
            Layers = [.. Enumerable.Range(0, architecture.DecoderLayers).Select(i => Layer(architecture, format, name => read($"layers.{i}.{name}")))],
            Norm = Norm("final_ln", read),
            // Rows beyond the codebook are never sampled.
            Head = new(d, format, read("lm_head.weight")[..(architecture.CodebookSize * d)]),
        };
    }

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
