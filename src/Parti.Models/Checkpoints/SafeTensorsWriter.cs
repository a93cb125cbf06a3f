using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;

namespace Parti.Models.Checkpoints;

/// <summary>
/// Writes safetensors files: whole or not at all, tensors by falling element size and then by name, so that the same tensors give
/// the same bytes and every tensor is aligned to its element.
/// </summary>
public static class SafeTensorsWriter
{
    const int ChunkBytes = 1 << 28;

    sealed record Entry(string Name, torch.Tensor Tensor, TensorDataType Type)
    {
        internal long Bytes => Tensor.numel() * Type.Size();
    }

    /// <summary>Writes tensors to a file, replacing one of the same name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">The tensors by name; they are read, not kept.</param>
    /// <param name="floatType">Type in which floats are stored (F64, F32, F16 or BF16); null keeps each tensor's own.</param>
    /// <param name="metadata">Text kept with the tensors.</param>
    /// <exception cref="ArgumentException">A name is empty, <c>__metadata__</c> or there twice, or a type cannot be stored.</exception>
    /// <exception cref="CheckpointException">A value is not finite or does not fit <paramref name="floatType"/>; nothing is written.</exception>
    /// <exception cref="IOException">The file cannot be written; a file that was there before stays.</exception>
    public static void Write(
        string path,
        IEnumerable<KeyValuePair<string, torch.Tensor>> tensors,
        TensorDataType? floatType = null,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        if (floatType is { } type && !type.IsFloat())
        {
            throw new ArgumentException($"floatType is {floatType}; it must be F64, F32, F16 or BF16.", nameof(floatType));
        }
        List<Entry> entries = [.. tensors.Select(t => Describe(t.Key, t.Value, floatType))];
        entries.Sort((x, y) => x.Type.Size() != y.Type.Size() ? y.Type.Size().CompareTo(x.Type.Size()) : string.CompareOrdinal(x.Name, y.Name));
        if (entries.Select(e => e.Name).Distinct(StringComparer.Ordinal).Count() != entries.Count)
        {
            throw new ArgumentException("Two tensors have the same name.", nameof(tensors));
        }
        byte[] header = Header(entries, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (Entry entry in entries)
            {
                WriteData(path, stream, entry);
            }
        });
    }

    static Entry Describe(string name, torch.Tensor tensor, TensorDataType? floatType)
    {
        if (name.Length == 0 || name == "__metadata__")
        {
            throw new ArgumentException($"A tensor cannot be called \"{name}\".", nameof(name));
        }
        TensorDataType type = TensorDataTypes.FromScalarType(tensor.dtype)
            ?? throw new ArgumentException($"Tensor \"{name}\" is {tensor.dtype}, which safetensors cannot hold.", nameof(tensor));
        return new Entry(name, tensor, type.IsFloat() && floatType is { } wanted ? wanted : type);
    }

    static byte[] Header(List<Entry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            long offset = 0;
            foreach (Entry entry in entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Type.ToString());
                WriteIntegers(json, "shape", entry.Tensor.shape);
                WriteIntegers(json, "data_offsets", [offset, offset += entry.Bytes]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Blanks make the data begin at a multiple of 8.
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }
        return buffer.ToArray();
    }

    static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is not { Count: > 0 })
        {
            return;
        }
        json.WriteStartObject("__metadata__");
        foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }
        json.WriteEndObject();
    }

    static void WriteIntegers(Utf8JsonWriter json, string name, IEnumerable<long> values)
    {
        json.WriteStartArray(name);
        foreach (long value in values)
        {
            json.WriteNumberValue(value);
        }
        json.WriteEndArray();
    }

    static void WriteData(string path, Stream stream, Entry entry)
    {
        if (entry.Bytes == 0)
        {
            return;
        }
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor flat = entry.Tensor.detach().to(entry.Type.ToScalarType()).cpu().contiguous().view(-1);
        if (entry.Type.IsFloat() && !flat.isfinite().all().item<bool>())
        {
            throw new CheckpointException($"{path}: tensor \"{entry.Name}\" holds values that are not finite as {entry.Type}; it was not written.");
        }
        long step = ChunkBytes / entry.Type.Size();
        for (long start = 0; start < flat.numel(); start += step)
        {
            stream.Write(flat.narrow(0, start, Math.Min(step, flat.numel() - start)).bytes);
        }
    }
}
