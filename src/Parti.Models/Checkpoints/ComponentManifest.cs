using System.Text.Json;

namespace Parti.Models.Checkpoints;

/// <summary>The <c>model.json</c> of a part of a model, such as an image tokenizer alone: it can be verified and built upon, not served.</summary>
public sealed record ComponentManifest
{
    /// <summary>Version of this format: <see cref="ModelManifest.CurrentFormatVersion"/>.</summary>
    public int FormatVersion { get; init; } = ModelManifest.CurrentFormatVersion;

    /// <summary>The name, as <see cref="ModelManifest.Name"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the family.</summary>
    public required string Family { get; init; }

    /// <summary>Which part: <c>image-tokenizer</c>, <c>text-encoder</c>, <c>transformer</c> or <c>upsampler</c>.</summary>
    public required string Component { get; init; }

    /// <summary>Sizes, where the part is an image tokenizer.</summary>
    public ImageTokenizerArchitecture? ImageTokenizer { get; init; }

    /// <summary>Sizes, where the part is an upsampler.</summary>
    public UpsamplerArchitecture? Upsampler { get; init; }

    /// <summary>What else the family has to know; its own record.</summary>
    public JsonElement? Settings { get; init; }

    /// <summary>The weights, a key of <see cref="Files"/>.</summary>
    public required string Weights { get; init; }

    /// <summary>Every file but <c>model.json</c>, as <see cref="ModelManifest.Files"/>.</summary>
    public required IReadOnlyDictionary<string, ModelFile> Files { get; init; }

    /// <summary>Licences.</summary>
    public required ModelLicense License { get; init; }

    /// <summary>Where the weights came from.</summary>
    public required ModelProvenance Provenance { get; init; }
}
