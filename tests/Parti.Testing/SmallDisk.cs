using System.Diagnostics;

namespace Parti.Testing;

/// <summary>A disk of its own, in memory, small enough to be filled. Only root may mount one.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private const int Megabytes = 128;
    private const int BlockBytes = 1 << 20;

    private SmallDisk(string folder) => Folder = folder;

    /// <summary>Where it is mounted.</summary>
    public string Folder { get; }

    private string Ballast => Path.Combine(Folder, "ballast");

    /// <summary>Mounts one; null where that is not allowed.</summary>
    public static async Task<SmallDisk?> TryMountAsync()
    {
        SmallDisk disk = new(Directory.CreateTempSubdirectory("parti-disk-").FullName);
        if (OperatingSystem.IsLinux() && await RunAsync("mount", "-t", "tmpfs", "-o", $"size={Megabytes}m", "tmpfs", disk.Folder))
        {
            return disk;
        }

        Directory.Delete(disk.Folder);
        return null;
    }

    /// <summary>Writes until nothing more fits.</summary>
    public void Fill()
    {
        using FileStream file = new(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] block = new byte[BlockBytes];
        for (int size = block.Length; size > 0;)
        {
            try
            {
                file.Write(block, 0, size);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    /// <summary>Makes room again.</summary>
    public void Free() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        if (await RunAsync("umount", "--lazy", Folder))
        {
            Directory.Delete(Folder);
        }
    }

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
