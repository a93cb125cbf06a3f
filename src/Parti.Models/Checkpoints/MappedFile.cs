using System.IO.MemoryMappedFiles;

namespace Parti.Models.Checkpoints;

/// <summary>One safetensors file, checked and mapped for reading.</summary>
sealed class MappedFile : IDisposable
{
    readonly MemoryMappedFile map;
    readonly MemoryMappedViewAccessor view;

    MappedFile(FileStream file)
    {
        map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    internal static MappedFile Open(string path, out SafeTensorsHeader header)
    {
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            header = SafeTensorsHeader.Read(path, file);
            return new MappedFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    internal void Read(long offset, Span<byte> destination) =>
        view.SafeMemoryMappedViewHandle.ReadSpan((ulong)offset, destination);

    public void Dispose()
    {
        view.Dispose();
        map.Dispose();
    }
}
