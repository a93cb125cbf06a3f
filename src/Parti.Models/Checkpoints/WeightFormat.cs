using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parti.Models.Checkpoints;

/// <summary>How a decoder's matrices are kept while it is served; sums and everything else stay float32.</summary>
[JsonConverter(typeof(WeightFormatConverter))]
public enum WeightFormat
{
    /// <summary>As they were trained.</summary>
    Float32,

    /// <summary>
    /// Eight bits a weight and a scale for 128 of them (<see cref="Quantisation.Int8Blocks"/>): a quarter of the memory that a step reads,
    /// at a small loss. Pictures differ from those of float32, and are as repeatable.
    /// </summary>
    Int8,
}

/// <summary>Writes the format as manifests spell it.</summary>
public sealed class WeightFormatConverter : JsonConverter<WeightFormat>
{
    const string Float32 = "float32", Int8 = "int8";

    /// <inheritdoc />
    public override WeightFormat Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        (reader.TokenType == JsonTokenType.String ? reader.GetString() : null) switch
        {
            Float32 => WeightFormat.Float32,
            Int8 => WeightFormat.Int8,
            _ => throw new JsonException($"decoder_weights must be \"{Float32}\" or \"{Int8}\""),
        };

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, WeightFormat value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value == WeightFormat.Int8 ? Int8 : Float32);
}
