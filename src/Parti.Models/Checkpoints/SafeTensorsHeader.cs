using System.Text.Json;

namespace Parti.Models.Checkpoints;

/// <summary>
/// Reads and checks the header of one safetensors file: 8 bytes of length, JSON, then the tensors' bytes without gap or overlap.
/// Nothing is allocated by a number in the file before that number has been held against the file's length.
/// </summary>
sealed class SafeTensorsHeader
{
    /// <summary>Longest header, in bytes; the format's own limit.</summary>
    internal const long LengthLimit = 100_000_000;

    const int LengthBytes = 8, RankLimit = 32, NameLimit = 512;

    readonly string file;
    readonly long dataStart, dataLength;
    readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    readonly List<TensorInfo> tensors = [];

    SafeTensorsHeader(string file, long dataStart, long dataLength)
    {
        this.file = file;
        this.dataStart = dataStart;
        this.dataLength = dataLength;
    }

    internal IReadOnlyDictionary<string, string> Metadata => metadata;

    internal IReadOnlyList<TensorInfo> Tensors => tensors;

    internal static SafeTensorsHeader Read(string file, Stream stream)
    {
        long total = stream.Length;
        if (total < LengthBytes)
        {
            throw new CheckpointException($"{file}: {total} bytes are too few for a safetensors file; it is truncated or of another format.");
        }
        Span<byte> prefix = stackalloc byte[LengthBytes];
        stream.ReadExactly(prefix);
        ulong length = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length < 2 || length > (ulong)LengthLimit)
        {
            throw new CheckpointException($"{file}: its header would be {length} bytes long; a safetensors header is 2 to {LengthLimit} bytes.");
        }
        if ((long)length > total - LengthBytes)
        {
            throw new CheckpointException($"{file}: its header is {length} bytes long but the file ends after {total - LengthBytes}; it is truncated.");
        }
        byte[] json = new byte[length];
        stream.ReadExactly(json);
        SafeTensorsHeader header = new(file, LengthBytes + (long)length, total - LengthBytes - (long)length);
        header.Parse(json);
        return header;
    }

    void Parse(byte[] json)
    {
        try
        {
            Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 4 });
            Expect(ref reader, JsonTokenType.StartObject, "the header");
            HashSet<string> names = new(StringComparer.Ordinal);
            while (NextName(ref reader, "the header") is string name)
            {
                if (name.Length is 0 or > NameLimit || name.Any(char.IsControl))
                {
                    throw new CheckpointException($"{file}: tensor \"{Shown(name)}\" has a name that is empty, longer than {NameLimit} or not printable.");
                }
                if (!names.Add(name))
                {
                    throw new CheckpointException($"{file}: tensor \"{name}\" is there twice.");
                }
                if (name == "__metadata__")
                {
                    ReadMetadata(ref reader);
                }
                else
                {
                    ReadTensor(ref reader, name);
                }
            }
            if (reader.Read())
            {
                throw new CheckpointException($"{file}: its header goes on after the JSON object.");
            }
        }
        // GetString throws InvalidOperationException for text that is no UTF-8.
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{file}: its header is not valid JSON; the file is damaged or of another format.", error);
        }
        CheckLayout();
    }

    void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, "__metadata__");
        while (NextName(ref reader, "__metadata__") is string key)
        {
            Expect(ref reader, JsonTokenType.String, $"__metadata__ \"{Shown(key)}\"");
            if (!metadata.TryAdd(key, reader.GetString()!))
            {
                throw new CheckpointException($"{file}: __metadata__ \"{Shown(key)}\" is there twice.");
            }
        }
    }

    void ReadTensor(ref Utf8JsonReader reader, string name)
    {
        string what = $"tensor \"{name}\"";
        Expect(ref reader, JsonTokenType.StartObject, what);
        string? type = null;
        List<long>? shape = null, offsets = null;
        while (NextName(ref reader, what) is string key)
        {
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, $"dtype of {what}");
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadIntegers(ref reader, $"shape of {what}", RankLimit);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadIntegers(ref reader, $"data_offsets of {what}", 2);
                    break;
                default:
                    throw new CheckpointException($"{file}: {what} has \"{Shown(key)}\", which is unknown or there twice.");
            }
        }
        tensors.Add(Checked(name, type, shape, offsets));
    }

    TensorInfo Checked(string name, string? type, List<long>? shape, List<long>? offsets)
    {
        if (type is null || shape is null || offsets is not { Count: 2 })
        {
            throw new CheckpointException($"{file}: tensor \"{name}\" must have a dtype, a shape and two data_offsets.");
        }
        // Enum.TryParse also takes numbers.
        if (!char.IsAsciiLetter(type.FirstOrDefault()) || !Enum.TryParse(type, ignoreCase: false, out TensorDataType dataType) || !Enum.IsDefined(dataType))
        {
            throw new CheckpointException(
                $"{file}: tensor \"{name}\" has dtype \"{Shown(type)}\"; supported are {string.Join(", ", Enum.GetNames<TensorDataType>())}.");
        }
        Int128 elements = 1;
        foreach (long size in shape)
        {
            elements *= size;
            if (elements > long.MaxValue / 8)
            {
                throw new CheckpointException($"{file}: tensor \"{name}\" has shape {TensorInfo.Describe(shape)}, more elements than any file holds.");
            }
        }
        long begin = offsets[0], end = offsets[1];
        if (begin > end || end > dataLength)
        {
            throw new CheckpointException(
                $"{file}: tensor \"{name}\" lies at bytes {begin} to {end} of {dataLength}; the file is truncated or its offsets are wrong.");
        }
        if (end - begin != elements * dataType.Size())
        {
            throw new CheckpointException(
                $"{file}: tensor \"{name}\", {dataType} of shape {TensorInfo.Describe(shape)}, needs {elements * dataType.Size()} bytes but has {end - begin}.");
        }
        return new TensorInfo(name, dataType, shape, (long)elements, file, dataStart + begin);
    }

    void CheckLayout()
    {
        tensors.Sort((x, y) => x.Offset != y.Offset ? x.Offset.CompareTo(y.Offset) : x.Bytes.CompareTo(y.Bytes));
        long position = dataStart;
        foreach (TensorInfo tensor in tensors)
        {
            if (tensor.Offset != position)
            {
                string fault = tensor.Offset < position ? "overlaps the tensor before it" : "leaves a gap before it";
                throw new CheckpointException($"{file}: tensor \"{tensor.Name}\" {fault}: it begins at byte {tensor.Offset - dataStart}, not {position - dataStart}.");
            }
            position += tensor.Bytes;
        }
        if (position != dataStart + dataLength)
        {
            string last = tensors.Count > 0 ? $"its last tensor \"{tensors[^1].Name}\"" : "its header, which has no tensors";
            throw new CheckpointException($"{file}: {dataStart + dataLength - position} bytes follow {last}.");
        }
    }

    List<long> ReadIntegers(ref Utf8JsonReader reader, string what, int most)
    {
        Expect(ref reader, JsonTokenType.StartArray, what);
        List<long> values = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value) || value < 0 || values.Count == most)
            {
                throw new CheckpointException($"{file}: {what} must be at most {most} whole numbers from 0 to {long.MaxValue}.");
            }
            values.Add(value);
        }
        return values;
    }

    // A message stays one readable line whatever the file holds.
    static string Shown(string text) => string.Concat(text.Take(80).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));

    string? NextName(ref Utf8JsonReader reader, string what)
    {
        if (reader.Read() && reader.TokenType == JsonTokenType.EndObject)
        {
            return null;
        }
        return reader.TokenType == JsonTokenType.PropertyName
            ? reader.GetString()
            : throw new CheckpointException($"{file}: {what} is not a JSON object.");
    }

    void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new CheckpointException($"{file}: {what} should be a {type switch
            {
                JsonTokenType.StartObject => "JSON object",
                JsonTokenType.StartArray => "list of numbers",
                _ => "text",
            }}.");
        }
    }
}
