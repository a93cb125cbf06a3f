using System.IO.MemoryMappedFiles;

namespace Parti.Models.Checkpoints.Torch;

/// <summary>The mapped bytes of a checkpoint; pages come and go with the system's memory.</summary>
internal sealed class TorchBytes : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;

    internal TorchBytes(FileStream file)
    {
        _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    internal void Read(long offset, Span<byte> destination) => _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)offset, destination);

    public void Dispose()
    {
        _view.Dispose();
        _map.Dispose();
    }
}
