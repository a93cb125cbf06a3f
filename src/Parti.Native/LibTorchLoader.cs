using System.Runtime.InteropServices;

namespace Parti.Native;

/// <summary>Loads libtorch and the bridge by full path, so that every later look-up by name finds these and no others.</summary>
internal static partial class LibTorchLoader
{
    const int ResolveNow = 2;

    /// <summary>Loads the files in order.</summary>
    /// <returns>The version libtorch gives itself.</returns>
    /// <exception cref="TorchStartException">A file does not load, or libtorch is of another version.</exception>
    public static Version Load(LibTorchFiles files, NativePlatform platform, TorchFlavor flavor)
    {
        nint core = 0;
        foreach (string path in files.Libraries)
        {
            nint handle = LoadOne(path, platform, flavor);
            core = Path.GetFileName(path) == platform.Core ? handle : core;
        }
        Version version = CheckVersion(core, files.Folder, platform, flavor);
        if (OperatingSystem.IsLinux())
        {
            ResolveAll(files.Bridge, platform, flavor);
        }
        LoadOne(files.Bridge, platform, flavor);
        return version;
    }

    static nint LoadOne(string path, NativePlatform platform, TorchFlavor flavor)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw LoadFailure.Refused(platform, flavor, path, error.Message, error);
        }
    }

    /// <summary>A packed version as libtorch states it: major, minor and patch in the three highest bytes.</summary>
    public static Version Unpack(ulong packed) => new((int)(packed >> 56), (int)(packed >> 48 & 0xff), (int)(packed >> 40 & 0xff));

    /// <summary>Whether the bridge may be put on a libtorch: no binary interface is promised between minor versions.</summary>
    public static bool Fits(Version found) => found.Major == TorchRuntime.LibTorchVersion.Major && found.Minor == TorchRuntime.LibTorchVersion.Minor;

    static unsafe Version CheckVersion(nint core, string folder, NativePlatform platform, TorchFlavor flavor)
    {
        string remedy = $"use libtorch {TorchRuntime.LibTorchVersion}";
        if (!NativeLibrary.TryGetExport(core, "aoti_torch_abi_version", out nint address))
        {
            throw LoadFailure.Error(platform, flavor, $"the libtorch in {folder} is older than 2.9", remedy);
        }
        Version found = Unpack(((delegate* unmanaged<ulong>)address)());
        return Fits(found) ? found : throw LoadFailure.Error(platform, flavor, $"the libtorch in {folder} is version {found}", remedy);
    }

    /// <summary>
    /// Opens the bridge with every symbol bound at once. The runtime binds lazily, so that a symbol libtorch lacks
    /// would end the process at its first call instead of failing here.
    /// </summary>
    static void ResolveAll(string bridge, NativePlatform platform, TorchFlavor flavor)
    {
        // Binding the entry point itself goes through the loader and would clear the message: bind it first.
        _ = DlError();
        if (DlOpen(bridge, ResolveNow) == 0)
        {
            throw LoadFailure.Refused(platform, flavor, bridge, Marshal.PtrToStringUTF8(DlError()) ?? "");
        }
    }

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint DlOpen(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dlerror")]
    private static partial nint DlError();
}
