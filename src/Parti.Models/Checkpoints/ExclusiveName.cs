using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Parti.Models.Checkpoints;

/// <summary>
/// Gives a finished file its name unless the name is taken. The framework's move without overwriting looks first and renames then
/// where the system is no Windows, so that two movers can both succeed; a hard link is refused by the system itself (POSIX link).
/// </summary>
internal static class ExclusiveName
{
    private const int FileExists = 17, WorkingDirectory = -100;
    private const uint NoReplace = 1;

    /// <summary>Moves a file to a name that nothing has.</summary>
    /// <param name="temporary">The finished file.</param>
    /// <param name="path">Its name to be, on the same file system.</param>
    /// <returns>False when the name is taken; both files stay as they are.</returns>
    /// <exception cref="IOException">The file cannot be moved, or the file system can create no name exactly once.</exception>
    internal static bool TryGive(string temporary, string path) =>
        OperatingSystem.IsWindows() ? TryMove(temporary, path) : TryLink(temporary, path);

    // Windows moves without replacing in one step.
    private static bool TryMove(string temporary, string path)
    {
        try
        {
            File.Move(temporary, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    private static bool TryLink(string temporary, string path)
    {
        if (Link(temporary, path) == 0)
        {
            File.Delete(temporary);
            return true;
        }

        int error = Marshal.GetLastPInvokeError();

        // Memory cards and some network mounts have no hard links.
        return error != FileExists && (TryRename(temporary, path) ?? throw Failure(path, error));
    }

    /// <summary>The same without hard links: Linux alone, by renameat2.</summary>
    /// <returns>Null where this system or file system cannot do it.</returns>
    internal static bool? TryRename(string temporary, string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        if (RenameAt(WorkingDirectory, temporary, WorkingDirectory, path, NoReplace) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == FileExists ? false : null;
    }

    private static IOException Failure(string path, int error) =>
        new($"Cannot create {path}: {new Win32Exception(error).Message}.", error);

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string added);

    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    private static extern int RenameAt(
        int fromFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string from, int toFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string to, uint flags);
}
