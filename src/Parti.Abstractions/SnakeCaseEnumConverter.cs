using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parti.Abstractions;

/// <summary>Writes enum members in snake_case and refuses numbers.</summary>
/// <typeparam name="T">The enum.</typeparam>
public sealed class SnakeCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
