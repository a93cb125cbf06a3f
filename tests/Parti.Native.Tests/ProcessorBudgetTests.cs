namespace Parti.Native.Tests;

/// <summary>Core counts read from a made-up <c>/proc</c> and <c>/sys</c>.</summary>
public sealed class ProcessorBudgetTests : IDisposable
{
    readonly string root = Directory.CreateTempSubdirectory("parti-cores-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void LinuxCores_HyperThreads_CountOnce()
    {
        Affinity("0-3");
        Siblings(("0", "0,2"), ("1", "1,3"), ("2", "0,2"), ("3", "1,3"));

        Assert.Equal(2, ProcessorBudget.LinuxCores(root));
    }

    [Fact]
    public void LinuxCores_Affinity_CountsOnlyAllowed()
    {
        Affinity("0,2-3");

        Assert.Equal(3, ProcessorBudget.LinuxCores(root));
    }

    [Theory]
    [InlineData("150000 100000", 1)]
    [InlineData("250000 100000", 2)]
    [InlineData("50000 100000", 1)]
    [InlineData("max 100000", 4)]
    public void LinuxCores_QuotaOfVersion2_RoundsDown(string quota, int cores)
    {
        Affinity("0-3");
        Put("proc/self/cgroup", "0::/pod/container");
        Put("sys/fs/cgroup/pod/container/cpu.max", "max 100000");
        Put("sys/fs/cgroup/pod/cpu.max", quota);

        Assert.Equal(cores, ProcessorBudget.LinuxCores(root));
    }

    [Theory]
    [InlineData("200000", 2)]
    [InlineData("-1", 4)]
    public void LinuxCores_QuotaOfVersion1_IsRead(string quota, int cores)
    {
        Affinity("0-3");
        Put("proc/self/cgroup", "7:memory:/a\n3:cpu,cpuacct:/");
        Put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", quota);
        Put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");

        Assert.Equal(cores, ProcessorBudget.LinuxCores(root));
    }

    [Fact]
    public void LinuxCores_NothingReadable_FallsBackToTheRuntimesCount()
        => Assert.Equal(Environment.ProcessorCount, ProcessorBudget.LinuxCores(root));

    [Fact]
    public void Cores_ThisMachine_NeverMoreThanTheRuntimeSees()
        => Assert.InRange(ProcessorBudget.Cores, 1, Environment.ProcessorCount);

    [Theory]
    [InlineData(3, "7", 3)]
    [InlineData(null, "7", 7)]
    [InlineData(null, null, 2)]
    [InlineData(null, " ", 2)]
    public void Threads_OptionThenVariableThenCores_InThatOrder(int? requested, string? variable, int threads)
        => Assert.Equal(threads, ProcessorBudget.Threads(requested, variable, cores: 2));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("two")]
    [InlineData("1.5")]
    public void Threads_BadVariable_NamesItAndItsRange(string variable)
    {
        TorchStartException error = Assert.Throws<TorchStartException>(() => ProcessorBudget.Threads(null, variable, cores: 2));

        Assert.Contains($"PARTI_THREADS is '{variable}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("at least 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_OptionBelowOne_IsRefused()
        => Assert.Throws<TorchStartException>(() => ProcessorBudget.Threads(0, null, cores: 2));

    void Affinity(string list) => Put("proc/self/status", $"Name:\tparti\nCpus_allowed_list:\t{list}\n");

    void Siblings(params (string Processor, string List)[] topology)
        => Array.ForEach(topology, pair => Put($"sys/devices/system/cpu/cpu{pair.Processor}/topology/thread_siblings_list", pair.List));

    void Put(string path, string text)
    {
        string full = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
