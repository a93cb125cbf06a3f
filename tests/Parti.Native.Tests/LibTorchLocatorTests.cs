namespace Parti.Native.Tests;

/// <summary>Which folder is chosen, and the one line a wrong arrangement gives.</summary>
public sealed class LibTorchLocatorTests : IDisposable
{
    static readonly NativePlatform linux = new("linux-x64");
    readonly string root = Directory.CreateTempSubdirectory("parti-native-").FullName;

    string Application => Path.Combine(root, "app");
    string External => Path.Combine(root, "libtorch");

    public LibTorchLocatorTests()
    {
        Directory.CreateDirectory(Application);
        Directory.CreateDirectory(External);
        Put(Application, linux.Bridge);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Locate_CpuFlavor_TakesTheApplicationsOwn()
    {
        Put(Application, [.. linux.Required]);

        LibTorchFiles files = Locator(TorchFlavor.Cpu).Locate(null);

        Assert.Equal(Application, files.Folder);
        Assert.Equal(["libc10.so", "libtorch_cpu.so", "libtorch.so"], files.Libraries.Select(Path.GetFileName));
        Assert.False(files.HasCuda);
    }

    [Fact]
    public void Locate_CudaLibrariesPresent_LoadsThemBeforeTheUmbrella()
    {
        Put(External, [.. linux.LoadOrder(cuda: true)]);

        LibTorchFiles files = Locator(TorchFlavor.External).Locate(External + "/");

        Assert.True(files.HasCuda);
        Assert.Equal(["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"], files.Libraries.Select(Path.GetFileName));
    }

    [Fact]
    public void Locate_ExternalWithoutFolder_NamesTheVariable()
        => AssertError(TorchFlavor.External, null, "carries no libtorch", "set PARTI_LIBTORCH");

    [Fact]
    public void Locate_ExternalFolderMissing_NamesTheFolder()
        => AssertError(TorchFlavor.External, Path.Combine(root, "nowhere"), Path.Combine(root, "nowhere"), "does not exist", "set PARTI_LIBTORCH");

    [Fact]
    public void Locate_ExternalFileMissing_NamesTheFile()
    {
        Put(External, "libc10.so", "libtorch_cpu.so");

        AssertError(TorchFlavor.External, External, "has no libtorch.so", TorchRuntime.LibTorchVersion.ToString());
    }

    [Fact]
    public void Locate_ExternalAndOwn_RefusesTwoCopies()
    {
        Put(Application, [.. linux.Required]);
        Put(External, [.. linux.Required]);

        AssertError(TorchFlavor.External, External, "two copies", Path.Combine(Application, "libtorch_cpu.so"));
    }

    [Fact]
    public void Locate_CpuFlavorWithExternalFolder_RefusesTwoCopies()
    {
        Put(Application, [.. linux.Required]);

        AssertError(TorchFlavor.Cpu, External, "two copies", "unset PARTI_LIBTORCH", "-p:TorchFlavor=external");
    }

    [Fact]
    public void Locate_CpuFlavorWithoutLibTorch_SaysHowToBuild()
        => AssertError(TorchFlavor.Cpu, null, "no libtorch_cpu.so", "-r linux-x64");

    [Fact]
    public void Locate_CudaFlavorWithCpuFilesOnly_NamesTheCudaFiles()
    {
        Put(Application, [.. linux.Required]);

        AssertError(TorchFlavor.Cuda, null, "libtorch_cuda.so", "-p:TorchFlavor=cuda");
    }

    [Fact]
    public void Locate_PlatformWithoutBridgePackage_SaysSo()
    {
        NativePlatform arm = new("linux-arm64");
        File.Delete(Path.Combine(Application, arm.Bridge));
        Put(External, [.. arm.Required]);

        TorchStartException error = Assert.Throws<TorchStartException>(() => new LibTorchLocator(arm, TorchFlavor.External, [Application]).Locate(External));

        Assert.Contains("no bridge for linux-arm64", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Locate_BridgeInTheExternalFolder_IsFound()
    {
        File.Delete(Path.Combine(Application, linux.Bridge));
        Put(External, [.. linux.Required, linux.Bridge]);

        Assert.Equal(Path.Combine(External, linux.Bridge), Locator(TorchFlavor.External).Locate(External).Bridge);
    }

    [Theory]
    [InlineData("win-x64", "c10.dll", "LibTorchSharp.dll")]
    [InlineData("osx-arm64", "libc10.dylib", "libLibTorchSharp.dylib")]
    [InlineData("linux-arm64", "libc10.so", "libLibTorchSharp.so")]
    public void FileNames_EachPlatform_FollowItsCustom(string rid, string first, string bridge)
    {
        NativePlatform platform = new(rid);

        Assert.Equal(first, platform.Required[0]);
        Assert.Equal(bridge, platform.Bridge);
    }

    LibTorchLocator Locator(TorchFlavor flavor) => new(linux, flavor, [Application]);

    void AssertError(TorchFlavor flavor, string? external, params string[] parts)
    {
        TorchStartException error = Assert.Throws<TorchStartException>(() => Locator(flavor).Locate(external));

        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.Contains("linux-x64, flavour", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    static void Put(string folder, params string[] names)
    {
        foreach (string name in names)
        {
            File.WriteAllBytes(Path.Combine(folder, name), []);
        }
    }
}
