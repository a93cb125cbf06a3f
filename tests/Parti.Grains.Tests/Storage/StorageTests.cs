using Orleans.Storage;
using Parti.Abstractions;
using Parti.Grains.Jobs;
using Parti.Grains.Storage;
using Parti.Grains.Tests.Cluster;
using Parti.Grains.Tests.Jobs;

namespace Parti.Grains.Tests.Storage;

public sealed class StorageTests : IDisposable
{
    private static readonly GrainId Id = GrainId.Create("job", "tenant/Job_1");

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Put_Twice_KeepsTheFirst()
    {
        FileResultStore store = NewStore();

        Assert.Equal(PutOutcome.Created, await store.PutAsync("jobs/a/0.png", new byte[] { 1 }, Token));
        Assert.Equal(PutOutcome.AlreadyExists, await store.PutAsync("jobs/a/0.png", new byte[] { 2 }, Token));

        Assert.Equal([1], (await store.ReadAsync("jobs/a/0.png", Token))!);
        Assert.Single(Files());
    }

    [Fact]
    public async Task Put_SamePathFromManySides_CreatesExactlyOnce()
    {
        FileResultStore store = NewStore();

        PutOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => store.PutAsync("jobs/a/0.png", new[] { (byte)i }, Token)));

        Assert.Single(outcomes, PutOutcome.Created);
        Assert.Single(Files());
    }

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

    [Fact]
    public async Task State_WrittenAndReadBack_IsTheSame()
    {
        FileGrainStorage storage = NewStorage();
        JobRecord record = JobCases.Held(Stage.Sample);
        GrainState<JobGrainState> written = new() { State = new() { Record = record, SeqReserved = 9, Events = [new(1, JobEventType.Queued, JobCases.Now, new() { Version = 1 })] } };
        await storage.WriteStateAsync("job", Id, written);
        GrainState<JobGrainState> read = new();

        await storage.ReadStateAsync("job", Id, read);

        Assert.Equal(written.ETag, read.ETag);
        Assert.True(read.RecordExists);
        Assert.Equal(9, read.State!.SeqReserved);
        Assert.Equal(record.Images[0].Tokens, read.State.Record!.Images[0].Tokens);
        Assert.Equal(record.Images[0].Hold, read.State.Record.Images[0].Hold);
        Assert.Equal(record.Request, read.State.Record.Request);
        Assert.False(read.State.Record.TextReady);
        Assert.Equal(JobEventType.Queued, Assert.Single(read.State.Events).Type);
    }

    [Fact]
    public async Task Write_WithAnOldETag_IsRefused()
    {
        FileGrainStorage storage = NewStorage();
        GrainState<JobGrainState> first = new() { State = new() };
        await storage.WriteStateAsync("job", Id, first);
        GrainState<JobGrainState> second = new();
        await NewStorage().ReadStateAsync("job", Id, second);
        await storage.WriteStateAsync("job", Id, second);

        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("job", Id, first));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("job", Id, new GrainState<JobGrainState> { State = new() }));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("job", Id, first));
    }

    [Fact]
    public async Task Write_FromManySidesAtOnce_ExactlyOneWins()
    {
        GrainState<JobGrainState> start = new() { State = new() };
        await NewStorage().WriteStateAsync("job", Id, start);

        bool[] won = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            GrainState<JobGrainState> mine = new() { State = new() { SeqReserved = i }, ETag = start.ETag };
            try
            {
                await NewStorage().WriteStateAsync("job", Id, mine);
                return true;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        }));

        Assert.Single(won, true);
    }

    [Fact]
    public async Task Clear_ThenWrite_HasAnotherETagThanBefore()
    {
        FileGrainStorage storage = NewStorage();
        GrainState<JobGrainState> state = new() { State = new() };
        await storage.WriteStateAsync("job", Id, state);
        string? before = state.ETag;
        await storage.ClearStateAsync("job", Id, state);
        Assert.False(state.RecordExists);
        await storage.WriteStateAsync("job", Id, state);

        Assert.NotEqual(before, state.ETag);
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
