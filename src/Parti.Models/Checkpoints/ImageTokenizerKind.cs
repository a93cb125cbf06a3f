using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parti.Models.Checkpoints;

/// <summary>Which network turns pictures into tokens and back.</summary>
[JsonConverter(typeof(ImageTokenizerKindConverter))]
public enum ImageTokenizerKind
{
    /// <summary>This project's ViT-VQGAN (<c>vit-vqgan</c>; Parti §2.1), the default.</summary>
    VitVqGan = 0,

    /// <summary>Convolutions (<c>vqgan</c>), see <see cref="VqGanArchitecture"/>.</summary>
    VqGan = 1,

    /// <summary>The ViT-VQGAN of enhancing-transformers (<c>enhancing-vit-vqgan</c>), whose layers differ from ours.</summary>
    EnhancingVitVqGan = 2,
}

/// <summary>Writes the kind as manifests spell it.</summary>
public sealed class ImageTokenizerKindConverter : JsonConverter<ImageTokenizerKind>
{
    private const string VitVqGan = "vit-vqgan", VqGan = "vqgan", Enhancing = "enhancing-vit-vqgan";

    /// <inheritdoc />
    public override ImageTokenizerKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        (reader.TokenType == JsonTokenType.String ? reader.GetString() : null) switch
        {
            VitVqGan => ImageTokenizerKind.VitVqGan,
            VqGan => ImageTokenizerKind.VqGan,
            Enhancing => ImageTokenizerKind.EnhancingVitVqGan,
            _ => throw new JsonException($"kind must be \"{VitVqGan}\", \"{VqGan}\" or \"{Enhancing}\""),
        };

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, ImageTokenizerKind value, JsonSerializerOptions options) => writer.WriteStringValue(value switch
    {
        ImageTokenizerKind.VqGan => VqGan,
        ImageTokenizerKind.EnhancingVitVqGan => Enhancing,
        _ => VitVqGan,
    });
}
