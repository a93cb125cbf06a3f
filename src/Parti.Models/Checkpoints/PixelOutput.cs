using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parti.Models.Checkpoints;

/// <summary>What the decoder of an image tokenizer makes of its last layer's numbers.</summary>
[JsonConverter(typeof(PixelOutputConverter))]
public enum PixelOutput
{
    /// <summary>Pixels as they are (<c>raw</c>): Parti's final decoder (Parti §2.1).</summary>
    Raw,

    /// <summary>
    /// Means of a logit-Laplace distribution (<c>logit-laplace</c>): a sigmoid, then the inverse of the map that keeps pixels away from
    /// 0 and 1 (ViT-VQGAN §3.1; DALL·E appendix A.3).
    /// </summary>
    LogitLaplace,
}

/// <summary>Writes the kind as manifests spell it.</summary>
public sealed class PixelOutputConverter : JsonConverter<PixelOutput>
{
    const string Raw = "raw", LogitLaplace = "logit-laplace";

    /// <inheritdoc />
    public override PixelOutput Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        (reader.TokenType == JsonTokenType.String ? reader.GetString() : null) switch
        {
            Raw => PixelOutput.Raw,
            LogitLaplace => PixelOutput.LogitLaplace,
            _ => throw new JsonException($"output must be \"{Raw}\" or \"{LogitLaplace}\""),
        };

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, PixelOutput value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value == PixelOutput.Raw ? Raw : LogitLaplace);
}
