using TorchSharp;

namespace Parti.Native.Tests;

/// <summary>The libtorch of this build, loaded for real; the one process-wide start is shared by every test here.</summary>
public class TorchRuntimeTests
{
    static TorchStartup Started() => TorchRuntime.Start(new TorchOptions { Threads = 1 });

    [Fact]
    public void Start_ThisBuild_LoadsTheVersionTheBridgeNeeds()
    {
        TorchStartup startup = Started();

        Assert.Equal(TorchRuntime.Flavor, startup.Flavor);
        Assert.True(LibTorchLoader.Fits(startup.Version), $"libtorch {startup.Version}");
        Assert.True(File.Exists(Path.Combine(startup.Folder, NativePlatform.Current.Core)));
        TestContext.Current.TestOutputHelper?.WriteLine($"{startup}");
    }

    [Fact]
    public void Start_Twice_LoadsOnceAndAppliesAnExplicitThreadCount()
    {
        TorchStartup first = Started();
        try
        {
            Assert.Equal(first, TorchRuntime.Start());
            TorchStartup second = TorchRuntime.Start(new TorchOptions { Threads = 2 });

            Assert.Equal(2, torch.get_num_threads());
            Assert.Equal(first with { Threads = 2 }, second);
        }
        finally
        {
            TorchRuntime.Start(new TorchOptions { Threads = 1 });
        }
    }

    [Fact]
    public async Task Start_ManyThreadsAtOnce_AllGetTheSameStart()
    {
        TorchStartup[] starts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(Started)));

        Assert.Single(starts.Distinct());
    }

    [Fact]
    public void SelfTest_RightLibTorch_FindsNothing()
    {
        Started();

        Assert.Null(TorchSelfTest.FirstFailure());
    }

    [Fact]
    public void Start_ThisBuild_UsesOneInteropThread()
    {
        Started();

        Assert.Equal(1, torch.get_num_interop_threads());
    }
}
