using System.Text.RegularExpressions;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Llama;

namespace Parti.Models.Families.LlamaGen;

/// <summary>Our names of the tensors of a published LlamaGen GPT.</summary>
static partial class LlamaGenKeyMap
{
    /// <summary>Our tensors of a published one: one, three for a fused projection, none for what the model does not need.</summary>
    /// <param name="tensor">The published tensor.</param>
    /// <param name="sizes">Sizes of the decoder.</param>
    internal static IEnumerable<(string Name, SourceTensor Tensor)> Map(SourceTensor tensor, LlamaArchitecture sizes)
    {
        Match match = LayerTensor().Match(tensor.Name);
        if (!match.Success)
        {
            return Single(tensor.Name) is { } single ? [(single, tensor)] : [];
        }
        string layer = $"trunk.layers.{match.Groups["layer"].Value}", part = match.Groups["part"].Value;
        if (part == "attention.wqkv")
        {
            long queries = sizes.Heads * sizes.HeadWidth, keys = sizes.KeyValueHeads * sizes.HeadWidth;
            return
            [
                ($"{layer}.attention.query.weight", tensor.Rows(0, queries)),
                ($"{layer}.attention.key.weight", tensor.Rows(queries, keys)),
                ($"{layer}.attention.value.weight", tensor.Rows(queries + keys, keys)),
            ];
        }
        return Part(part) is { } name ? [($"{layer}.{name}.weight", tensor)] : [];
    }

    private static string? Single(string name) => name switch
    {
        "tok_embeddings.weight" => "image_embedding.weight",
        "cls_embedding.embedding_table.weight" => "class_embedding.weight",
        "cls_embedding.uncond_embedding" => "unconditional",
        "cls_embedding.cap_proj.fc1.weight" => "caption.inner.weight",
        "cls_embedding.cap_proj.fc2.weight" => "caption.outer.weight",
        "norm.weight" => "trunk.norm.weight",
        "output.weight" => "head.weight",
        _ => null,
    };

    private static string? Part(string part) => part switch
    {
        "attention.wo" => "attention.output",
        "feed_forward.w1" => "mlp.gate",
        "feed_forward.w3" => "mlp.up",
        "feed_forward.w2" => "mlp.down",
        "attention_norm" => "attention_norm",
        "ffn_norm" => "mlp_norm",
        _ => null,
    };

    [GeneratedRegex(@"^layers\.(?<layer>\d+)\.(?<part>.+)\.weight$")]
    private static partial Regex LayerTensor();
}
