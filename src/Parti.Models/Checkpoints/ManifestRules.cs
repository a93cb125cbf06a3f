using Parti.Models.Families;

namespace Parti.Models.Checkpoints;

/// <summary>What a manifest must fulfil beyond its types; the first rule that is broken is reported.</summary>
static class ManifestRules
{
    static readonly string[] ComponentNames = ["image-tokenizer", "text-encoder", "transformer", "upsampler"];

    static readonly string[] TokenizerKinds =
        [TextTokenizerEntry.SentencePieceKind, TextTokenizerEntry.MergesKind, TextTokenizerEntry.TokenizerJsonKind, TextTokenizerEntry.ClassesKind];

    static string Families => string.Join(", ", ModelFamilies.All.Select(family => $"\"{family.Name}\"").Prepend($"\"{ModelFamilies.Parti}\""));

    internal static void Check(string file, ModelManifest manifest)
    {
        ManifestCheck check = new(file, "");
        check.Require("format_version", manifest.FormatVersion == ModelManifest.CurrentFormatVersion, manifest.FormatVersion,
            $"{ModelManifest.CurrentFormatVersion}, the version this program reads");
        check.Require("name", ModelManifest.IsName(manifest.Name), $"\"{manifest.Name}\"", ModelManifest.NameRule);
        check.Require("family", ModelFamilies.IsKnown(manifest.Family), $"\"{manifest.Family}\"", Families);
        Architecture(check.Under("architecture"), manifest.Architecture);
        Sampling(check.Under("sampling"), manifest.Sampling, manifest.Architecture.Transformer.CodebookSize);
        Files(check.Under("files"), manifest.Files);
        References(check, manifest);
        ManifestCheck license = check.Under("license");
        license.Require("weights", manifest.License.Weights.Trim().Length > 0, "empty", "a licence");
        license.Require("data", manifest.License.Data.Trim().Length > 0, "empty", "a licence");
    }

    /// <summary>What the manifest of a part must fulfil.</summary>
    internal static void Check(string file, ComponentManifest manifest)
    {
        ManifestCheck check = new(file, "");
        check.Require("format_version", manifest.FormatVersion == ModelManifest.CurrentFormatVersion, manifest.FormatVersion,
            $"{ModelManifest.CurrentFormatVersion}, the version this program reads");
        check.Require("name", ModelManifest.IsName(manifest.Name), $"\"{manifest.Name}\"", ModelManifest.NameRule);
        check.Require("family", ModelFamilies.IsKnown(manifest.Family), $"\"{manifest.Family}\"", Families);
        check.Require("component", ComponentNames.Contains(manifest.Component), $"\"{manifest.Component}\"", $"one of {string.Join(", ", ComponentNames)}");
        manifest.ImageTokenizer?.Validate(check.Under("image_tokenizer"));
        manifest.Upsampler?.Validate(check.Under("upsampler"));
        Files(check.Under("files"), manifest.Files);
        Reference(check, "weights", manifest.Weights, manifest.Files);
    }

    static void Architecture(ManifestCheck check, ModelArchitecture architecture)
    {
        TransformerArchitecture transformer = architecture.Transformer;
        ImageTokenizerArchitecture image = architecture.ImageTokenizer;
        transformer.Validate(check.Under("transformer"));
        image.Validate(check.Under("image_tokenizer"));
        architecture.Upsampler?.Validate(check.Under("upsampler"));
        int grid = image.ImageSize / image.PatchSize;
        check.Require("transformer.grid_height", transformer.GridHeight == grid, transformer.GridHeight, $"image_size divided by patch_size ({grid})");
        check.Require("transformer.grid_width", transformer.GridWidth == grid, transformer.GridWidth, $"image_size divided by patch_size ({grid})");
        check.Require("transformer.codebook_size", transformer.CodebookSize == image.CodebookSize, transformer.CodebookSize,
            $"that of the image tokenizer ({image.CodebookSize})");
    }

    static void Sampling(ManifestCheck check, SamplingDefaults sampling, int codebook)
    {
        check.Require("guidance_scale", sampling.GuidanceScale is >= 0 and <= 50, sampling.GuidanceScale, "0 to 50");
        check.Require("temperature", sampling.Temperature is >= 0 and <= 10, sampling.Temperature, "0 to 10");
        check.Range("top_k", sampling.TopK, 0, codebook);
        check.Require("top_p", sampling.TopP is > 0 and <= 1, sampling.TopP, "above 0 to 1");
    }

    static void Files(ManifestCheck check, IReadOnlyDictionary<string, ModelFile> files)
    {
        foreach ((string name, ModelFile file) in files)
        {
            check.Require($"\"{name}\"", ModelFileName.IsSafe(name), "no safe file name", "a relative path inside the model directory, '/' between its parts");
            check.Require($"\"{name}\"", name != ModelDirectory.ManifestName, "the manifest", "another file");
            check.NotNull($"\"{name}\"", file);
            check.Require($"\"{name}\".sha256", IsSha256(file.Sha256), $"\"{file.Sha256}\"", "64 lower-case hexadecimal digits");
            check.Range($"\"{name}\".bytes", file.Bytes, 1, long.MaxValue);
        }
    }

    static void References(ManifestCheck check, ModelManifest manifest)
    {
        TextTokenizer(check.Under("text_tokenizer"), manifest);
        ManifestCheck weights = check.Under("weights");
        Reference(weights, "transformer", manifest.Weights.Transformer, manifest.Files);
        Reference(weights, "image_tokenizer", manifest.Weights.ImageTokenizer, manifest.Files);
        bool upsamples = manifest.Architecture.Upsampler is not null;
        weights.Require("upsampler", upsamples == manifest.Weights.Upsampler is not null, manifest.Weights.Upsampler,
            upsamples ? "given, as architecture.upsampler is" : "absent, as architecture.upsampler is");
        if (manifest.Weights.Upsampler is { } upsampler)
        {
            Reference(weights, "upsampler", upsampler, manifest.Files);
        }
        if (manifest.Weights.TextEncoder is { } encoder)
        {
            Reference(weights, "text_encoder", encoder, manifest.Files);
        }
    }

    static void TextTokenizer(ManifestCheck check, ModelManifest manifest)
    {
        string kind = manifest.TextTokenizer.Kind;
        check.Require("kind", TokenizerKinds.Contains(kind), $"\"{kind}\"", $"one of {string.Join(", ", TokenizerKinds.Select(known => $"\"{known}\""))}");
        if (kind != TextTokenizerEntry.ClassesKind || manifest.TextTokenizer.File.Length > 0)
        {
            Reference(check, "file", manifest.TextTokenizer.File, manifest.Files);
        }
        bool needsMerges = kind == TextTokenizerEntry.MergesKind;
        check.Require("merges", needsMerges == manifest.TextTokenizer.Merges is not null, manifest.TextTokenizer.Merges,
            needsMerges ? $"given with kind \"{kind}\"" : $"absent with kind \"{kind}\"");
        if (manifest.TextTokenizer.Merges is { } merges)
        {
            Reference(check, "merges", merges, manifest.Files);
        }
    }

    static void Reference(ManifestCheck check, string key, string file, IReadOnlyDictionary<string, ModelFile> files) =>
        check.Require(key, files.ContainsKey(file), $"\"{file}\"", "one of the names in files");

    static bool IsSha256(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
}
