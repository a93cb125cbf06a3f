using System.Globalization;
using System.Text.RegularExpressions;
using Parti.Models.Families.Importing;

namespace Parti.Models.Families.Images;

/// <summary>
/// Names of a published VQGAN's tensors and ours: the layout of taming-transformers (also DALL·E mini's detokenizer) and that of LlamaGen
/// (also Janus), which numbers the decoder's levels the other way round.
/// </summary>
public static partial class VqGanKeys
{
    /// <summary>Ours for theirs.</summary>
    /// <param name="tensors">Tensors of a checkpoint.</param>
    /// <param name="prefix">What stands before the names of the tokenizer's tensors; may be empty.</param>
    /// <returns>The tokenizer's tensors by our names; what is none of them is left out.</returns>
    public static IReadOnlyDictionary<string, SourceTensor> Map(IReadOnlyDictionary<string, SourceTensor> tensors, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(tensors);
        int deepest = tensors.Keys.Select(key => LlamaGenDecoderLevel().Match(key)).Where(match => match.Success)
            .Select(match => Number(match.Groups[1])).DefaultIfEmpty(0).Max();
        Dictionary<string, SourceTensor> ours = new(StringComparer.Ordinal);
        foreach ((string key, SourceTensor tensor) in tensors)
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal) && Rename(key[prefix.Length..], deepest) is { } name)
            {
                ours[name] = tensor;
            }
        }

        return ours;
    }

    /// <summary>Whether the checkpoint holds a VQGAN of either layout.</summary>
    /// <inheritdoc cref="Map" path="/param"/>
    public static bool Recognises(IReadOnlyDictionary<string, SourceTensor> tensors, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return IsLlamaGen(tensors, prefix) || IsTaming(tensors, prefix);
    }

    internal static bool IsLlamaGen(IReadOnlyDictionary<string, SourceTensor> tensors, string prefix = "") =>
        Has(tensors, prefix, "decoder.conv_blocks.0.res.0.conv1.weight") && Has(tensors, prefix, "post_quant_conv.weight");

    internal static bool IsTaming(IReadOnlyDictionary<string, SourceTensor> tensors, string prefix = "") =>
        Has(tensors, prefix, "decoder.up.0.block.0.conv1.weight") && Has(tensors, prefix, "post_quant_conv.weight");

    private static bool Has(IReadOnlyDictionary<string, SourceTensor> tensors, string prefix, string key) => tensors.ContainsKey(prefix + key);

    private static string? Rename(string key, int deepest)
    {
        string? whole = key switch
        {
            "quantize.embedding.weight" or "embedding.weight" => "codebook",
            _ when key.StartsWith("quant_conv.", StringComparison.Ordinal) => "to_code" + key["quant_conv".Length..],
            _ when key.StartsWith("post_quant_conv.", StringComparison.Ordinal) => "from_code" + key["post_quant_conv".Length..],
            _ => null,
        };
        return whole ?? (Half().Match(key) is { Success: true } match ? RenameHalf(match.Groups[1].Value, match.Groups[2].Value, deepest) : null);
    }

    private static string RenameHalf(string half, string key, int deepest)
    {
        Match level = Level().Match(key);
        if (!level.Success)
        {
            return $"{half}.{Middle(key)}";
        }

        int number = Number(level.Groups[2]);
        bool isReversed = half == "decoder" && level.Groups[1].Value == "conv_blocks";
        return $"{half}.levels.{(isReversed ? deepest - number : number)}.{Part(level.Groups[3].Value)}";
    }

    private static string Middle(string key) => Attention(Middles().Replace(key, match => match.Groups[1].Value switch
    {
        "0" or "block_1" => "mid_first.",
        "1" or "attn_1" => "mid_attention.",
        _ => "mid_last.",
    }));

    private static string Part(string key)
    {
        string part = key.Replace("res.", "blocks.", StringComparison.Ordinal).Replace("downsample.conv", "resample", StringComparison.Ordinal)
            .Replace("upsample.conv", "resample", StringComparison.Ordinal);
        part = part.StartsWith("block.", StringComparison.Ordinal) ? "blocks" + part["block".Length..] : part;
        return part.StartsWith("attn.", StringComparison.Ordinal) ? Attention("attention" + part["attn".Length..]) : part.Replace("nin_shortcut", "shortcut", StringComparison.Ordinal);
    }

    private static string Attention(string key) => Heads().Replace(key, match => match.Groups[1].Value switch
    {
        "q" => ".query.",
        "k" => ".key.",
        "v" => ".value.",
        _ => ".output.",
    });

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?:^|\.)decoder\.conv_blocks\.(\d{1,2})\.")]
    private static partial Regex LlamaGenDecoderLevel();

    [GeneratedRegex(@"^(encoder|decoder)\.(.+)$")]
    private static partial Regex Half();

    [GeneratedRegex(@"^(down|up|conv_blocks)\.(\d{1,2})\.(.+)$")]
    private static partial Regex Level();

    [GeneratedRegex(@"^mid\.(0|1|2|block_1|attn_1|block_2)\.")]
    private static partial Regex Middles();

    [GeneratedRegex(@"\.(q|k|v|proj_out)\.")]
    private static partial Regex Heads();
}
