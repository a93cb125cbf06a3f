using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parti.Models.Checkpoints;

/// <summary>Which network enlarges pictures.</summary>
[JsonConverter(typeof(UpsamplerKindConverter))]
public enum UpsamplerKind
{
    /// <summary>This project's upsampler (<c>wdsr</c>; Parti §2.1), the default.</summary>
    Wdsr = 0,

    /// <summary>Dense blocks (<c>esrgan-rdn</c>), the small published ESRGAN networks.</summary>
    Dense = 1,

    /// <summary>Dense blocks in residual blocks (<c>esrgan-rrdn</c>), the large published ESRGAN network.</summary>
    ResidualDense = 2,
}

/// <summary>Writes the kind as manifests spell it.</summary>
public sealed class UpsamplerKindConverter : JsonConverter<UpsamplerKind>
{
    private const string Wdsr = "wdsr", Dense = "esrgan-rdn", ResidualDense = "esrgan-rrdn";

    /// <inheritdoc />
    public override UpsamplerKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        (reader.TokenType == JsonTokenType.String ? reader.GetString() : null) switch
        {
            Wdsr => UpsamplerKind.Wdsr,
            Dense => UpsamplerKind.Dense,
            ResidualDense => UpsamplerKind.ResidualDense,
            _ => throw new JsonException($"kind must be \"{Wdsr}\", \"{Dense}\" or \"{ResidualDense}\""),
        };

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, UpsamplerKind value, JsonSerializerOptions options) => writer.WriteStringValue(value switch
    {
        UpsamplerKind.Dense => Dense,
        UpsamplerKind.ResidualDense => ResidualDense,
        _ => Wdsr,
    });
}
