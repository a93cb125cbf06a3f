using System.Text.Json;
using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using TorchSharp;

namespace Parti.EndToEnd.Tests;

/// <summary>
/// The files of a LlamaGen caption model under their published names, random numbers in them: decoder, image tokenizer, and a T5 whose
/// checkpoint lies in two shards. As wide as GPT-B and T5-XL, with fewer layers, codes and channels.
/// </summary>
static class PublishedLlamaGen
{
    private const int Width = 768, Mlp = 2048, Codes = 256, Captions = 120, Features = 2048, Inner = 512, TextMlp = 1024, Pieces = 384, Layers = 2;

    /// <summary>Writes the folder.</summary>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradient = torch.no_grad();
        torch.random.manual_seed(4);
        SafeTensorsWriter.Write(Path.Combine(folder, "t2i_tiny_256.safetensors"), Tensors(Decoder()));
        SafeTensorsWriter.Write(Path.Combine(folder, "vq_ds16_t2i.safetensors"), ImageTokenizer());
        (string Name, long[] Shape)[] text = [.. Encoder()];
        string[] shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
        Dictionary<string, string> map = [];
        for (int shard = 0; shard < shards.Length; shard++)
        {
            (string Name, long[] Shape)[] own = [.. text.Where((_, i) => i % shards.Length == shard)];
            SafeTensorsWriter.Write(Path.Combine(folder, shards[shard]), Tensors(own));
            own.ToList().ForEach(tensor => map.Add(tensor.Name, shards[shard]));
        }
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), JsonSerializer.Serialize(new { weight_map = map }));
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"layer_norm_epsilon":1e-06,"relative_attention_max_distance":128}""");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Fixtures", "t5-encoder", "tiny", "spiece.model"), Path.Combine(folder, "spiece.model"));
    }

    private static IEnumerable<(string Name, long[] Shape)> Decoder()
    {
        yield return ("tok_embeddings.weight", [Codes, Width]);
        yield return ("cls_embedding.uncond_embedding", [Captions, Features]);
        yield return ("cls_embedding.cap_proj.fc1.weight", [Width, Features]);
        yield return ("cls_embedding.cap_proj.fc2.weight", [Width, Width]);
        for (int layer = 0; layer < Layers; layer++)
        {
            yield return ($"layers.{layer}.attention.wqkv.weight", [3 * Width, Width]);
            yield return ($"layers.{layer}.attention.wo.weight", [Width, Width]);
            yield return ($"layers.{layer}.feed_forward.w1.weight", [Mlp, Width]);
            yield return ($"layers.{layer}.feed_forward.w3.weight", [Mlp, Width]);
            yield return ($"layers.{layer}.feed_forward.w2.weight", [Width, Mlp]);
            yield return ($"layers.{layer}.attention_norm.weight", [Width]);
            yield return ($"layers.{layer}.ffn_norm.weight", [Width]);
        }
        yield return ("norm.weight", [Width]);
        yield return ("output.weight", [Codes, Width]);
    }

    private static IEnumerable<(string Name, long[] Shape)> Encoder()
    {
        const string Block = "encoder.block.0.layer.";
        yield return ("shared.weight", [Pieces, Features]);
        foreach (string matrix in new[] { "q", "k", "v" })
        {
            yield return ($"{Block}0.SelfAttention.{matrix}.weight", [Inner, Features]);
        }
        yield return ($"{Block}0.SelfAttention.o.weight", [Features, Inner]);
        yield return ($"{Block}0.SelfAttention.relative_attention_bias.weight", [32, 8]);
        yield return ($"{Block}0.layer_norm.weight", [Features]);
        yield return ($"{Block}1.DenseReluDense.wi_0.weight", [TextMlp, Features]);
        yield return ($"{Block}1.DenseReluDense.wi_1.weight", [TextMlp, Features]);
        yield return ($"{Block}1.DenseReluDense.wo.weight", [Features, TextMlp]);
        yield return ($"{Block}1.layer_norm.weight", [Features]);
        yield return ("encoder.final_layer_norm.weight", [Features]);
    }

    // Our network's tensors under the names of taming-transformers, which the importer takes as well.
    private static Dictionary<string, torch.Tensor> ImageTokenizer()
    {
        // A network that nobody holds is collected together with its tensors.
        using VqGan network = new(new()
        {
            Kind = ImageTokenizerKind.VqGan, ImageSize = 256, PatchSize = 16, CodebookSize = Codes, CodebookDim = 8,
            Convolutions = new() { Channels = 32, LevelChannels = [32, 32, 64, 64, 128], Blocks = 2, LatentChannels = 32, AttentionLevels = [4], NormalisedCodes = true },
        });
        (string Ours, string Published)[] names =
        [
            ("codebook", "quantize.embedding.weight"), ("to_code.", "quant_conv."), ("from_code.", "post_quant_conv."), ("mid_first.", "mid.block_1."),
            ("mid_attention.", "mid.attn_1."), ("mid_last.", "mid.block_2."), ("encoder.levels.", "encoder.down."), ("decoder.levels.", "decoder.up."),
            (".blocks.", ".block."), (".attention.", ".attn."), (".query.", ".q."), (".key.", ".k."), (".value.", ".v."),
            (".output.", ".proj_out."), (".shortcut.", ".nin_shortcut."),
        ];
        string Published(string ours) => names.Aggregate(ours, (name, pair) => name.Replace(pair.Ours, pair.Published, StringComparison.Ordinal))
            .Replace(".resample.", ours.StartsWith("encoder.", StringComparison.Ordinal) ? ".downsample.conv." : ".upsample.conv.", StringComparison.Ordinal);
        return network.state_dict().ToDictionary(pair => Published(pair.Key), pair => pair.Value.clone());
    }

    private static Dictionary<string, torch.Tensor> Tensors(IEnumerable<(string Name, long[] Shape)> shapes) => shapes.ToDictionary(
        tensor => tensor.Name, tensor => tensor.Shape.Length == 1 ? torch.ones(tensor.Shape) : torch.randn(tensor.Shape).mul(0.03.ToScalar()));
}
