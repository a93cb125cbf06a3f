using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parti.Grains.Jobs;

/// <summary>Image tokens packed into 16 bits each; immutable. Written as base64 of little-endian bytes.</summary>
[JsonConverter(typeof(TokenArrayConverter))]
public sealed class TokenArray : IEquatable<TokenArray>
{
    private readonly ushort[] _values;

    private TokenArray(ushort[] values) => _values = values;

    /// <summary>No tokens.</summary>
    public static TokenArray Empty { get; } = new([]);

    /// <summary>Number of tokens.</summary>
    public int Count => _values.Length;

    /// <summary>Keeps tokens up to a position and puts others from there on.</summary>
    /// <param name="position">0 to <see cref="Count"/>.</param>
    /// <param name="tokens">Codebook indices, 0 to 65535.</param>
    /// <exception cref="ArgumentOutOfRangeException">A gap would be left, or a token has more than 16 bits.</exception>
    public TokenArray With(int position, IReadOnlyList<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Count);
        ArgumentOutOfRangeException.ThrowIfNegative(position);

        // A report that overlaps repeats what is known: tokens are a function of the request. Nothing kept is ever lost.
        int end = Math.Max(Count, position + tokens.Count);
        ushort[] values = new ushort[end];
        _values.CopyTo(values, 0);
        for (int i = 0; i < tokens.Count; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens[i], ushort.MaxValue, nameof(tokens));
            ArgumentOutOfRangeException.ThrowIfNegative(tokens[i], nameof(tokens));
            values[position + i] = (ushort)tokens[i];
        }

        return new(values);
    }

    /// <summary>The tokens as plain integers.</summary>
    public int[] ToArray() => Array.ConvertAll(_values, static value => (int)value);

    /// <inheritdoc/>
    public bool Equals(TokenArray? other) => other is not null && _values.AsSpan().SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TokenArray);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(MemoryMarshal.AsBytes(_values.AsSpan()));
        return hash.ToHashCode();
    }

    internal static TokenArray FromBytes(ReadOnlySpan<byte> bytes)
    {
        ushort[] values = new ushort[bytes.Length / 2];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (ushort)(bytes[2 * i] | (bytes[(2 * i) + 1] << 8));
        }

        return new(values);
    }

    internal byte[] ToBytes()
    {
        byte[] bytes = new byte[2 * _values.Length];
        for (int i = 0; i < _values.Length; i++)
        {
            bytes[2 * i] = (byte)_values[i];
            bytes[(2 * i) + 1] = (byte)(_values[i] >> 8);
        }

        return bytes;
    }
}

/// <summary>Tokens as one base64 string.</summary>
public sealed class TokenArrayConverter : JsonConverter<TokenArray>
{
    /// <inheritdoc/>
    public override TokenArray Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TokenArray.FromBytes(reader.GetBytesFromBase64());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TokenArray value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteBase64StringValue(value.ToBytes());
    }
}
