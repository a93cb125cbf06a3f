using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>A safetensors file as a source.</summary>
internal static class SafeTensorsSource
{
    internal static SourceCheckpoint Open(string path)
    {
        SafeTensorsReader reader = SafeTensorsReader.Open(path);
        Dictionary<string, SourceTensor> tensors = reader.Names.ToDictionary(
            name => name, SourceTensor (name) => new Entry(reader, reader.Info(name)), StringComparer.Ordinal);
        return new(Path.GetFileName(path), [path], tensors, reader);
    }

    private sealed class Entry(SafeTensorsReader reader, TensorInfo info) : SourceTensor(info.Name, info.Type, info.Shape)
    {
        public override void Read(long offset, Span<byte> destination) => reader.ReadBytes(info, offset, destination);
    }
}
