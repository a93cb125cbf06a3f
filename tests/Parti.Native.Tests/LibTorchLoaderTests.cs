namespace Parti.Native.Tests;

/// <summary>What a refused file says, and which versions are let in.</summary>
public class LibTorchLoaderTests
{
    [Fact]
    public void Unpack_PackedVersion_GivesMajorMinorPatch()
        => Assert.Equal(new Version(2, 10, 3), LibTorchLoader.Unpack((2UL << 56) | (10UL << 48) | (3UL << 40)));

    [Theory]
    [InlineData("2.10.0", true)]
    [InlineData("2.10.1", true)]
    [InlineData("2.9.0", false)]
    [InlineData("2.11.0", false)]
    [InlineData("3.10.0", false)]
    public void Fits_OtherVersions_OnlyTheSameMinor(string found, bool fits)
        => Assert.Equal(fits, LibTorchLoader.Fits(Version.Parse(found)));

    [Theory]
    [InlineData("/lib/libc.so.6: version `GLIBC_2.38' not found (required by x.so)", "older than GLIBC_2.38")]
    [InlineData("/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by x.so)", "older than GLIBCXX_3.4.32")]
    [InlineData("x.so: undefined symbol: _ZNK3c105Error4whatEv", "binary interface differs")]
    [InlineData("libgomp.so.1: cannot open shared object file: No such file or directory", "install the library libgomp.so.1")]
    [InlineData("x.so: file too short", "replace the file")]
    public void Remedy_LoadersWords_NameTheWayOut(string said, string remedy)
        => Assert.Contains(remedy, LoadFailure.Remedy(said), StringComparison.Ordinal);

    [Fact]
    public void Load_FileThatIsNoLibrary_GivesOneLineWithTheFile()
    {
        string folder = Directory.CreateTempSubdirectory("parti-native-").FullName;
        try
        {
            NativePlatform platform = NativePlatform.Current;
            string[] paths = [.. platform.Required.Select(name => Path.Combine(folder, name))];
            Array.ForEach(paths, path => File.WriteAllText(path, "not a library"));

            TorchStartException error = Assert.Throws<TorchStartException>(() => LibTorchLoader.Load(
                new LibTorchFiles(folder, paths, Path.Combine(folder, platform.Bridge), HasCuda: false), platform, TorchFlavor.External));

            Assert.Contains(paths[0] + " does not load", error.Message, StringComparison.Ordinal);
            Assert.Contains("Way out: replace the file", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
