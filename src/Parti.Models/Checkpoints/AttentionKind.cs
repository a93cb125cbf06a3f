using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parti.Models.Checkpoints;

/// <summary>Which earlier image tokens a token attends to.</summary>
[JsonConverter(typeof(AttentionKindConverter))]
public enum AttentionKind
{
    /// <summary>All of them (<c>dense</c>).</summary>
    Dense,

    /// <summary>Those in a square neighbourhood on the grid (<c>convolution</c>; Parti §2.2, convolution-shaped sparse masks).</summary>
    Convolution,
}

/// <summary>Writes the kind as manifests spell it.</summary>
public sealed class AttentionKindConverter : JsonConverter<AttentionKind>
{
    const string Dense = "dense", Convolution = "convolution";

    /// <inheritdoc />
    public override AttentionKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        (reader.TokenType == JsonTokenType.String ? reader.GetString() : null) switch
        {
            Dense => AttentionKind.Dense,
            Convolution => AttentionKind.Convolution,
            _ => throw new JsonException($"attention must be \"{Dense}\" or \"{Convolution}\""),
        };

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, AttentionKind value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value == AttentionKind.Dense ? Dense : Convolution);
}
