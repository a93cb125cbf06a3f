using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>A safetensors file as a source.</summary>
internal static class SafeTensorsSource
{
    internal static SourceCheckpoint Open(string path)
    {
        Dictionary<string, TensorInfo> infos;
        using (SafeTensorsReader reader = SafeTensorsReader.Open(path))
        {
            infos = reader.Names.ToDictionary(name => name, reader.Info, StringComparer.Ordinal);
        }

        FileBytes bytes = new(path);
        return new(Path.GetFileName(path), [path], infos.ToDictionary(entry => entry.Key, SourceTensor (entry) => new Entry(bytes, entry.Value), StringComparer.Ordinal), bytes);
    }

    private sealed class Entry(FileBytes bytes, TensorInfo info) : SourceTensor(info.Name, info.Type, info.Shape)
    {
        public override void Read(long offset, Span<byte> destination)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + destination.Length, Bytes, nameof(offset));
            bytes.Read(info.Offset + offset, destination);
        }
    }
}
