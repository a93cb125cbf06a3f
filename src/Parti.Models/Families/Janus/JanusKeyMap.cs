using System.Text.RegularExpressions;

namespace Parti.Models.Families.Janus;

/// <summary>
/// Our names of the tensors of a published Janus. The half that reads pictures (<c>vision_model</c>, <c>aligner</c>), the text head and the
/// image tokenizer are not among them.
/// </summary>
static partial class JanusKeyMap
{
    /// <summary>Our name of a published tensor.</summary>
    /// <param name="name">Its name in the checkpoint.</param>
    /// <returns>Null for a tensor that making pictures does not need.</returns>
    internal static string? Map(string name)
    {
        Match match = LayerTensor().Match(name);
        return match.Success && Part(match.Groups["part"].Value) is { } part ? $"trunk.layers.{match.Groups["layer"].Value}.{part}.weight" : Single(name);
    }

    private static string? Single(string name) => name switch
    {
        "language_model.model.embed_tokens.weight" => "text_embedding.weight",
        "language_model.model.norm.weight" => "trunk.norm.weight",
        "gen_embed.weight" => "image_embedding.weight",
        "gen_aligner.layers.0.weight" => "aligner.inner.weight",
        "gen_aligner.layers.0.bias" => "aligner.inner.bias",
        "gen_aligner.layers.2.weight" => "aligner.outer.weight",
        "gen_aligner.layers.2.bias" => "aligner.outer.bias",
        "gen_head.output_mlp_projector.weight" => "head.inner.weight",
        "gen_head.output_mlp_projector.bias" => "head.inner.bias",
        "gen_head.vision_head.weight" => "head.outer.weight",
        "gen_head.vision_head.bias" => "head.outer.bias",
        _ => null,
    };

    private static string? Part(string part) => part switch
    {
        "self_attn.q_proj" => "attention.query",
        "self_attn.k_proj" => "attention.key",
        "self_attn.v_proj" => "attention.value",
        "self_attn.o_proj" => "attention.output",
        "mlp.gate_proj" => "mlp.gate",
        "mlp.up_proj" => "mlp.up",
        "mlp.down_proj" => "mlp.down",
        "input_layernorm" => "attention_norm",
        "post_attention_layernorm" => "mlp_norm",
        _ => null,
    };

    [GeneratedRegex(@"^language_model\.model\.layers\.(?<layer>\d+)\.(?<part>.+)\.weight$")]
    private static partial Regex LayerTensor();
}
