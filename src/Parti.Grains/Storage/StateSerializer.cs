using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Orleans.Storage;
using Parti.Grains.Jobs;

namespace Parti.Grains.Storage;

/// <summary>The JSON of stored state, the same with every provider, so that state can be moved from one to another.</summary>
public sealed class StateSerializer : IGrainStorageSerializer
{
    private static readonly JsonSerializerOptions Json = new(StateJson.Default.Options)
    {
        TypeInfoResolver = JsonTypeInfoResolver.Combine(StateJson.Default, new DefaultJsonTypeInfoResolver()),
    };

    /// <inheritdoc/>
    public BinaryData Serialize<T>(T? input) => new(ToBytes(input));

    /// <inheritdoc/>
    public T? Deserialize<T>(BinaryData input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return FromBytes<T>(input.ToMemory().Span);
    }

    internal static byte[] ToBytes<T>(T? state) => JsonSerializer.SerializeToUtf8Bytes(state, Json);

    internal static T? FromBytes<T>(ReadOnlySpan<byte> body) => JsonSerializer.Deserialize<T>(body, Json);
}
