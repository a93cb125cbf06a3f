using System.Text.RegularExpressions;

namespace Parti.Models.Families.T5;

/// <summary>Our names of the tensors of a published T5 (Hugging Face layout); the decoder half is not read.</summary>
public static partial class T5KeyMap
{
    internal const string Table = "embedding.weight";

    /// <summary>Our name of a published tensor.</summary>
    /// <param name="name">Its name in the checkpoint.</param>
    /// <returns>Null for a tensor that the encoder does not need: the decoder's, and the second name of the tied token table.</returns>
    public static string? Map(string name)
    {
        switch (name)
        {
            case "shared.weight": return Table;
            case "encoder.final_layer_norm.weight": return "norm.weight";
            case "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight": return "distances.weight";
            default: break;
        }
        Match match = LayerTensor().Match(name);
        return match.Success && Part(match.Groups["part"].Value) is { } part ? $"layers.{match.Groups["layer"].Value}.{part}.weight" : null;
    }

    private static string? Part(string part) => part switch
    {
        "layer.0.SelfAttention.q" => "attention.query",
        "layer.0.SelfAttention.k" => "attention.key",
        "layer.0.SelfAttention.v" => "attention.value",
        "layer.0.SelfAttention.o" => "attention.output",
        "layer.0.layer_norm" => "attention_norm",
        "layer.1.DenseReluDense.wi_0" => "mlp.gate",
        "layer.1.DenseReluDense.wi_1" => "mlp.up",
        "layer.1.DenseReluDense.wo" => "mlp.down",
        "layer.1.layer_norm" => "mlp_norm",
        _ => null,
    };

    [GeneratedRegex(@"^encoder\.block\.(?<layer>\d+)\.(?<part>.+)\.weight$")]
    private static partial Regex LayerTensor();
}
