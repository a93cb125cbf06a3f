using System.Runtime.InteropServices;

namespace Parti.Native;

/// <summary>What native files are called on a platform, and in which order they load.</summary>
/// <param name="Rid">Portable runtime identifier, for example <c>linux-x64</c>.</param>
internal sealed record NativePlatform(string Rid)
{
    /// <summary>Platforms for which the TorchSharp package has a bridge.</summary>
    static readonly string[] bridged = ["linux-x64", "osx-arm64", "win-x64", "win-arm64"];

    /// <summary>The platform of this process.</summary>
    public static NativePlatform Current { get; } = new(
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")
        + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant());

    /// <summary>The TorchSharp bridge between managed code and libtorch.</summary>
    public string Bridge => File("LibTorchSharp");

    /// <summary>The library that holds the operations; where it lies, libtorch lies.</summary>
    public string Core => File("torch_cpu");

    /// <summary>The files every libtorch has, dependencies first.</summary>
    public IReadOnlyList<string> Required => [File("c10"), Core, File("torch")];

    /// <summary>The files a CUDA libtorch has as well, to be loaded between the core and the umbrella library.</summary>
    public IReadOnlyList<string> Cuda => [File("c10_cuda"), File("torch_cuda")];

    /// <summary>Whether the TorchSharp package has a bridge for this platform.</summary>
    public bool HasPackagedBridge => bridged.Contains(Rid);

    /// <summary>Every file to load, dependencies first.</summary>
    /// <param name="cuda">Whether the CUDA libraries are among them.</param>
    public IReadOnlyList<string> LoadOrder(bool cuda)
        => cuda ? [Required[0], Required[1], .. Cuda, Required[2]] : Required;

    string File(string name)
        => Rid.StartsWith("win", StringComparison.Ordinal) ? $"{name}.dll"
            : Rid.StartsWith("osx", StringComparison.Ordinal) ? $"lib{name}.dylib" : $"lib{name}.so";
}
