using System.IO.MemoryMappedFiles;

namespace Parti.Models.Checkpoints.Torch;

/// <summary>The bytes of a checkpoint: read in order, or mapped where single elements are picked out.</summary>
internal sealed class TorchBytes : IDisposable
{
    private readonly FileBytes _bytes;
    private readonly Lazy<(MemoryMappedFile Map, MemoryMappedViewAccessor View)> _mapped;

    internal TorchBytes(string path)
    {
        _bytes = new(path);
        _mapped = new(() =>
        {
            MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            return (map, map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read));
        });
    }

    /// <summary>Reads bytes that lie together.</summary>
    internal void Read(long offset, Span<byte> destination) => _bytes.Read(offset, destination);

    /// <summary>Reads one element of many that lie apart.</summary>
    internal void ReadElement(long offset, Span<byte> destination) => _mapped.Value.View.SafeMemoryMappedViewHandle.ReadSpan((ulong)offset, destination);

    public void Dispose()
    {
        _bytes.Dispose();
        if (_mapped.IsValueCreated)
        {
            _mapped.Value.View.Dispose();
            _mapped.Value.Map.Dispose();
        }
    }
}
