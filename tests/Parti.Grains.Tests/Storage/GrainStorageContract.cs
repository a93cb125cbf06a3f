using Orleans.Storage;
using Parti.Abstractions;
using Parti.Grains.Jobs;
using Parti.Grains.Tests.Jobs;

namespace Parti.Grains.Tests.Storage;

/// <summary>What jobs and the catalog rely on, whatever keeps them.</summary>
/// <param name="provider">The storage.</param>
public abstract class GrainStorageContract(StorageProvider provider)
{
    // Each test has a grain of its own; the servers are shared.
    private readonly GrainId _id = GrainId.Create("job", $"tenant/job-{Guid.NewGuid():n}");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_NothingStored_GivesAnEmptyStateWithoutETag()
    {
        GrainState<JobGrainState> read = await ReadAsync(await provider.GetAsync(Token));

        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
        Assert.NotNull(read.State);
        Assert.Null(read.State.Record);
    }

    [Fact]
    public async Task Write_ThenRead_GivesTheSameJob()
    {
        IGrainStorage storage = await provider.GetAsync(Token);
        JobRecord record = JobCases.Held(Stage.Sample);
        record = record.With(record.Images[0] with { Tokens = TokenArray.Empty.With(0, [.. Enumerable.Range(0, 1024)]) });
        GrainState<JobGrainState> written = new()
        {
            State = new() { Record = record, SeqReserved = 9, Events = [new(1, JobEventType.Queued, JobCases.Now, new() { Version = 1 })] },
        };

        await storage.WriteStateAsync("job", _id, written);
        GrainState<JobGrainState> read = await ReadAsync(storage);

        Assert.True(written.RecordExists);
        Assert.True(read.RecordExists);
        Assert.Equal(written.ETag, read.ETag);
        Assert.Equal(9, read.State!.SeqReserved);
        Assert.Equal(record.Images[0], read.State.Record!.Images[0]);
        Assert.Equal(record.Request, read.State.Record.Request);
        Assert.Equal(record.Attempts, read.State.Record.Attempts);
        Assert.Equal(JobEventType.Queued, Assert.Single(read.State.Events).Type);
    }

    [Fact]
    public async Task Write_StatesOfOneGrain_AreKeptApart()
    {
        IGrainStorage storage = await provider.GetAsync(Token);
        await storage.WriteStateAsync("page-1", _id, New(1));
        await storage.WriteStateAsync("page-2", _id, New(2));

        Assert.Equal(1, (await ReadAsync(storage, "page-1")).State!.SeqReserved);
        Assert.Equal(2, (await ReadAsync(storage, "page-2")).State!.SeqReserved);
    }

    [Fact]
    public async Task Write_LargeState_ComesBackWhole()
    {
        IGrainStorage storage = await provider.GetAsync(Token);
        JobRecord job = JobCases.Held(Stage.Sample);
        JobRecord large = job with { Request = job.Request with { Prompt = new string('ü', 300_000) } };
        await storage.WriteStateAsync("job", _id, new GrainState<JobGrainState> { State = new() { Record = large } });

        Assert.Equal(large.Request.Prompt, (await ReadAsync(storage)).State!.Record!.Request.Prompt);
    }

    [Fact]
    public async Task Write_WithAnOldETag_IsRefusedAndChangesNothing()
    {
        IGrainStorage storage = await provider.GetAsync(Token);
        GrainState<JobGrainState> first = New(1);
        await storage.WriteStateAsync("job", _id, first);
        GrainState<JobGrainState> second = await ReadAsync(storage);
        second.State = new() { SeqReserved = 2 };
        await storage.WriteStateAsync("job", _id, second);

        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("job", _id, first));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("job", _id, New(3)));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("job", _id, first));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("job", _id, New(3)));
        Assert.Equal(2, (await ReadAsync(storage)).State!.SeqReserved);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_FromManySidesAtOnce_ExactlyOneWins(bool existsBefore)
    {
        IGrainStorage storage = await provider.GetAsync(Token);
        GrainState<JobGrainState> start = New(0);
        if (existsBefore)
        {
            await storage.WriteStateAsync("job", _id, start);
        }

        long?[] winners = await Task.WhenAll(Enumerable.Range(1, 16).Select(number => TryWriteAsync(storage, number, start.ETag)));

        long won = Assert.Single(winners.OfType<long>());
        Assert.Equal(won, (await ReadAsync(storage)).State!.SeqReserved);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_ReplyLostThenRetried_IsRefusedAndARereadGoesOn(bool existsBefore)
    {
        IGrainStorage storage = await provider.GetAsync(Token);
        GrainState<JobGrainState> mine = New(1);
        if (existsBefore)
        {
            await storage.WriteStateAsync("job", _id, mine);
        }

        // The write took effect, but its sender never heard of it and still has the ETag from before.
        await storage.WriteStateAsync("job", _id, new GrainState<JobGrainState> { State = new() { SeqReserved = 2 }, ETag = mine.ETag });
        mine.State = new() { SeqReserved = 2 };

        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("job", _id, mine));
        GrainState<JobGrainState> again = await ReadAsync(storage);
        Assert.Equal(2, again.State!.SeqReserved);
        again.State = new() { SeqReserved = 3 };
        await storage.WriteStateAsync("job", _id, again);
        Assert.Equal(3, (await ReadAsync(storage)).State!.SeqReserved);
    }

    [Fact]
    public async Task Clear_ThenWrite_BeginsAnewAndAnOldETagStaysRefused()
    {
        IGrainStorage storage = await provider.GetAsync(Token);
        GrainState<JobGrainState> state = New(1);
        await storage.WriteStateAsync("job", _id, state);
        GrainState<JobGrainState> old = new() { State = new() { SeqReserved = 9 }, ETag = state.ETag };

        await storage.ClearStateAsync("job", _id, state);
        Assert.False(state.RecordExists);
        Assert.False((await ReadAsync(storage)).RecordExists);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("job", _id, old));
        state.State = new() { SeqReserved = 2 };
        await storage.WriteStateAsync("job", _id, state);

        Assert.NotEqual(old.ETag, state.ETag);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("job", _id, old));
        Assert.Equal(2, (await ReadAsync(storage)).State!.SeqReserved);
    }

    [Fact]
    public async Task Clear_NothingStored_IsNoError()
    {
        IGrainStorage storage = await provider.GetAsync(Token);

        await storage.ClearStateAsync("job", _id, await ReadAsync(storage));

        Assert.False((await ReadAsync(storage)).RecordExists);
    }

    [Fact]
    public async Task Clear_ReplyLostThenRetried_IsRefusedAndARereadShowsThatItIsGone()
    {
        IGrainStorage storage = await provider.GetAsync(Token);
        GrainState<JobGrainState> state = New(1);
        await storage.WriteStateAsync("job", _id, state);
        await storage.ClearStateAsync("job", _id, new GrainState<JobGrainState> { ETag = state.ETag, RecordExists = true });

        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("job", _id, state));
        Assert.False((await ReadAsync(storage)).RecordExists);
    }

    private async Task<long?> TryWriteAsync(IGrainStorage storage, long number, string? etag)
    {
        try
        {
            await storage.WriteStateAsync("job", _id, new GrainState<JobGrainState> { State = new() { SeqReserved = number }, ETag = etag });
            return number;
        }
        catch (InconsistentStateException)
        {
            return null;
        }
    }

    private async Task<GrainState<JobGrainState>> ReadAsync(IGrainStorage storage, string name = "job")
    {
        GrainState<JobGrainState> state = new();
        await storage.ReadStateAsync(name, _id, state);
        return state;
    }

    private static GrainState<JobGrainState> New(long number) => new() { State = new() { SeqReserved = number } };
}

/// <summary>Files.</summary>
public sealed class FileGrainStorageContractTests(FileProvider provider) : GrainStorageContract(provider), IClassFixture<FileProvider>;

/// <summary>A real Redis.</summary>
public sealed class RedisGrainStorageContractTests(RedisProvider provider) : GrainStorageContract(provider), IClassFixture<RedisProvider>;

/// <summary>A real PostgreSQL.</summary>
public sealed class PostgresGrainStorageContractTests(PostgresProvider provider) : GrainStorageContract(provider), IClassFixture<PostgresProvider>;
