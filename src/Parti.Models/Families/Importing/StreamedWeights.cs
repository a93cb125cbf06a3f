using System.Buffers.Binary;
using System.Text.Json;
using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>
/// The bytes of a safetensors file that is made of a source's tensors, readable from any position, so that writing can go on where it
/// stopped. Tensors come by falling element size and then by name, as <see cref="SafeTensorsWriter"/> has them.
/// </summary>
internal sealed class StreamedWeights
{
    private const int ChunkBytes = 4 << 20;

    private readonly List<(string Name, SourceTensor Tensor)> _tensors;

    internal StreamedWeights(ImportWeights weights)
    {
        _tensors = [.. weights.Tensors.Select(entry => (entry.Key, entry.Value))
            .OrderByDescending(entry => entry.Value.Type.Size()).ThenBy(entry => entry.Key, StringComparer.Ordinal)];
        Header = MakeHeader();
        Length = Header.Length + _tensors.Sum(entry => entry.Tensor.Bytes);
    }

    /// <summary>Length field, JSON and blanks.</summary>
    internal byte[] Header { get; }

    /// <summary>Bytes of the file.</summary>
    internal long Length { get; }

    /// <summary>The file's bytes from a position on; each block is overwritten by the next.</summary>
    /// <param name="position">0 to <see cref="Length"/>, at the boundary of a block that was given before.</param>
    internal IEnumerable<ReadOnlyMemory<byte>> From(long position)
    {
        if (position < Header.Length)
        {
            yield return Header.AsMemory((int)position);
        }

        byte[] block = new byte[ChunkBytes];
        long start = Header.Length;
        foreach ((_, SourceTensor tensor) in _tensors)
        {
            for (long at = Math.Max(position - start, 0); at < tensor.Bytes; at += ChunkBytes)
            {
                int count = (int)Math.Min(ChunkBytes, tensor.Bytes - at);
                tensor.Read(at, block.AsSpan(0, count));
                yield return block.AsMemory(0, count);
            }

            start += tensor.Bytes;
        }
    }

    private byte[] MakeHeader()
    {
        using MemoryStream json = new();
        json.Write(new byte[sizeof(long)]);
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            long offset = 0;
            foreach ((string name, SourceTensor tensor) in _tensors)
            {
                Write(writer, name, tensor, offset);
                offset += tensor.Bytes;
            }

            writer.WriteEndObject();
        }

        while (json.Length % 8 != 0)
        {
            json.WriteByte((byte)' ');
        }

        byte[] header = json.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - sizeof(long));
        return header;
    }

    private static void Write(Utf8JsonWriter writer, string name, SourceTensor tensor, long offset)
    {
        writer.WriteStartObject(name);
        writer.WriteString("dtype", tensor.Type.ToString());
        writer.WriteStartArray("shape");
        foreach (long size in tensor.Shape)
        {
            writer.WriteNumberValue(size);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(offset);
        writer.WriteNumberValue(offset + tensor.Bytes);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
