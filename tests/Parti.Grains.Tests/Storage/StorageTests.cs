using Parti.Grains.Jobs;
using Parti.Grains.Storage;
using Parti.Grains.Tests.Cluster;

namespace Parti.Grains.Tests.Storage;

public sealed class StorageTests : IDisposable
{
    private static readonly GrainId Id = GrainId.Create("job", "tenant/Job_1");

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/etc/x")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("a\\b")]
    [InlineData("a/b\0")]
    public async Task Path_ThatEscapes_IsRefused(string path)
    {
        FileResultStore store = NewStore();

        Assert.Equal("storage_path", (await Assert.ThrowsAsync<ResultStoreException>(() => store.PutAsync(path, new byte[1], Token))).Code);
        Assert.Equal("storage_path", (await Assert.ThrowsAsync<ResultStoreException>(() => store.ReadAsync(path, Token))).Code);
    }

    [Fact]
    public async Task Put_WhereAFileIsInTheWay_FailsClearlyAndLeavesNothing()
    {
        FileResultStore store = NewStore();
        await store.PutAsync("jobs/a", new byte[1], Token);

        ResultStoreException failed = await Assert.ThrowsAsync<ResultStoreException>(() => store.PutAsync("jobs/a/0.png", new byte[1], Token));

        Assert.StartsWith("Cannot write", failed.Message, StringComparison.Ordinal);
        Assert.Single(Files());
    }

    [Theory]
    [InlineData(28, "storage_full")]
    [InlineData(30, "storage_read_only")]
    [InlineData(5, "storage_failed")]
    public void Explain_WhatLinuxSays_NamesTheWayOut(int errno, string code)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The numbers are Linux's.");

        Assert.Equal(code, StoreFolder.Explain(new IOException("said", errno), "x").Code);
        Assert.Equal("storage_read_only", StoreFolder.Explain(new UnauthorizedAccessException("said"), "x").Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_DamagedFile_SaysSo(bool truncate)
    {
        FileGrainStorage storage = NewStorage();
        await storage.WriteStateAsync("job", Id, new GrainState<JobGrainState> { State = new() { SeqReserved = 123 } });
        string file = Assert.Single(Files());
        byte[] bytes = await File.ReadAllBytesAsync(file, Token);
        bytes[^3] ^= 1;
        await File.WriteAllBytesAsync(file, truncate ? bytes[..40] : bytes, Token);

        ResultStoreException damaged = await Assert.ThrowsAsync<ResultStoreException>(() => storage.ReadStateAsync("job", Id, new GrainState<JobGrainState>()));

        Assert.Equal("storage_damaged", damaged.Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_AfterAKilledProcess_RemovesOldLeftovers(bool forState)
    {
        string leftover = Path.Combine(_folder.Path, ".tmp", "half");
        Directory.CreateDirectory(Path.GetDirectoryName(leftover)!);
        await File.WriteAllTextAsync(leftover, "half", Token);
        _ = forState ? NewStorage() : (object)NewStore();
        Assert.True(File.Exists(leftover));
        File.SetLastWriteTimeUtc(leftover, DateTime.UnixEpoch);

        _ = forState ? NewStorage() : (object)NewStore();

        Assert.False(File.Exists(leftover));
    }

    private FileResultStore NewStore() => new(_folder.Path, TimeProvider.System);

    private FileGrainStorage NewStorage() => new(_folder.Path);

    private string[] Files() => [.. Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Where(file => !file.Contains(".locks", StringComparison.Ordinal))];
}
