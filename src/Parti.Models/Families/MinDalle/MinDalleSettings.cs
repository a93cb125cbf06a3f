using System.Text.Json;
using System.Text.Json.Serialization;
using Parti.Models.Checkpoints;

namespace Parti.Models.Families.MinDalle;

/// <summary>What a <c>min-dalle</c> model has beside the sizes of a transformer: <c>architecture.settings</c> of its <c>model.json</c>.</summary>
public sealed record MinDalleSettings
{
    /// <summary>Rows of the decoder's embedding and head: the codebook size or more (16,385 in mini, 16,416 in mega). Rows beyond the codebook are never sampled.</summary>
    public required int ImageRows { get; init; }

    /// <summary>
    /// Image token that stands for the start of the image: 0 to <see cref="ImageRows"/> − 1. The original feeds 16,383, before August 2022 it
    /// fed the last row; the weights' own training configuration says 16,384.
    /// </summary>
    public required int StartToken { get; init; }

    /// <summary>Reads the settings of a model.</summary>
    /// <param name="manifest">A manifest of family <c>min-dalle</c>.</param>
    /// <exception cref="CheckpointException">They are missing or out of range; the message names the key.</exception>
    public static MinDalleSettings Of(ModelManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ManifestCheck check = new(ModelDirectory.ManifestName, "architecture.settings");
        if (manifest.Architecture.Settings is not { } json)
        {
            throw new CheckpointException(
                $"{ModelDirectory.ManifestName}: architecture.settings is missing; family {MinDalleFamily.FamilyName} needs image_rows and start_token there.");
        }

        MinDalleSettings settings = Parse(json);
        check.Range("image_rows", settings.ImageRows, manifest.Architecture.Transformer.CodebookSize, 1_048_576);
        check.Range("start_token", settings.StartToken, 0, settings.ImageRows - 1);
        return settings;
    }

    /// <summary>The settings as <c>model.json</c> has them.</summary>
    public JsonElement ToJson() => JsonSerializer.SerializeToElement(this, MinDalleJson.Default.MinDalleSettings);

    private static MinDalleSettings Parse(JsonElement json)
    {
        try
        {
            return json.Deserialize(MinDalleJson.Default.MinDalleSettings) ?? throw new JsonException("they must be an object");
        }
        catch (JsonException error)
        {
            throw new CheckpointException($"{ModelDirectory.ManifestName}: architecture.settings: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }
}

/// <summary>JSON of the family.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(MinDalleSettings))]
[JsonSerializable(typeof(Dictionary<string, int>))]
internal sealed partial class MinDalleJson : JsonSerializerContext;
