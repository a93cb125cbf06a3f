namespace Parti.Native;

/// <summary>The native files of one start.</summary>
/// <param name="Folder">Where libtorch lies.</param>
/// <param name="Libraries">Full paths of libtorch's libraries, dependencies first.</param>
/// <param name="Bridge">Full path of the TorchSharp bridge.</param>
/// <param name="HasCuda">Whether the CUDA libraries are among them.</param>
internal sealed record LibTorchFiles(string Folder, IReadOnlyList<string> Libraries, string Bridge, bool HasCuda);

/// <summary>Finds libtorch and its bridge and refuses arrangements that cannot work, before anything is loaded.</summary>
/// <param name="platform">Names of the files.</param>
/// <param name="flavor">The flavour of this build.</param>
/// <param name="applicationFolders">Folders that belong to the application, the likeliest first.</param>
internal sealed class LibTorchLocator(NativePlatform platform, TorchFlavor flavor, IReadOnlyList<string> applicationFolders)
{
    /// <summary>The application's own folder, its per-platform folder, and those the runtime host was told of.</summary>
    public static IReadOnlyList<string> ApplicationFolders(NativePlatform platform)
    {
        string hosted = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return [AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", platform.Rid, "native"),
            .. hosted.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>Chooses the files to load.</summary>
    /// <param name="external">The folder the user named, or null.</param>
    /// <exception cref="TorchStartException">A folder or file is missing, or two copies of libtorch would meet.</exception>
    public LibTorchFiles Locate(string? external)
    {
        string? own = applicationFolders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, platform.Core)));
        string folder = flavor == TorchFlavor.External ? External(external, own) : Own(external, own);
        string[] missing = [.. platform.Required.Where(name => !File.Exists(Path.Combine(folder, name)))];
        if (missing.Length > 0)
        {
            throw Error($"{folder} has no {string.Join(", ", missing)}", flavor == TorchFlavor.External ? SetVariable() : "rebuild into an empty output folder");
        }
        bool cuda = platform.Cuda.All(name => File.Exists(Path.Combine(folder, name)));
        if (flavor == TorchFlavor.Cuda && !cuda)
        {
            throw Error($"{folder} has no {string.Join(", ", platform.Cuda)}", "rebuild with -p:TorchFlavor=cuda from an empty output folder");
        }
        string[] libraries = [.. platform.LoadOrder(cuda).Select(name => Path.Combine(folder, name))];
        return new LibTorchFiles(folder, libraries, Bridge(folder), cuda);
    }

    string External(string? external, string? own)
    {
        if (string.IsNullOrWhiteSpace(external))
        {
            throw Error("this build carries no libtorch", SetVariable());
        }
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(external));
        if (!Directory.Exists(folder))
        {
            throw Error($"the folder {folder} does not exist", SetVariable());
        }
        if (own is not null && Path.TrimEndingDirectorySeparator(Path.GetFullPath(own)) != folder)
        {
            throw Error($"libtorch lies both in {own} and in {folder}, and two copies abort the process",
                $"delete {Path.Combine(own, platform.Core)} and its companions, or rebuild into an empty output folder");
        }
        return folder;
    }

    string Own(string? external, string? own)
    {
        if (!string.IsNullOrWhiteSpace(external))
        {
            throw Error($"{TorchOptions.LibTorchVariable} names {external}, but this build carries its own libtorch, and two copies abort the process",
                $"unset {TorchOptions.LibTorchVariable}, or rebuild with -p:TorchFlavor=external");
        }
        return own ?? throw Error($"no {platform.Core} in {AppContext.BaseDirectory}",
            $"build for this platform with -r {platform.Rid} (packages exist for linux-x64, osx-arm64 and win-x64), or rebuild with -p:TorchFlavor=external and set {TorchOptions.LibTorchVariable}");
    }

    string Bridge(string folder)
        => applicationFolders.Append(folder).Select(place => Path.Combine(place, platform.Bridge)).FirstOrDefault(File.Exists)
            ?? throw Error($"no {platform.Bridge} in {AppContext.BaseDirectory}", platform.HasPackagedBridge
                ? $"build for this platform with -r {platform.Rid}"
                : $"the TorchSharp package has no bridge for {platform.Rid}: compile LibTorchSharp {TorchRuntime.BridgeVersion} from its sources and put it beside the application or into the libtorch folder");

    static string SetVariable() => $"set {TorchOptions.LibTorchVariable} to the lib folder of a libtorch {TorchRuntime.LibTorchVersion} or of a Python torch {TorchRuntime.LibTorchVersion}";

    TorchStartException Error(string problem, string remedy) => LoadFailure.Error(platform, flavor, problem, remedy);
}
