using System.Security.Cryptography;
using System.Text;
using Parti.Grains.Jobs;
using Parti.Grains.Storage;
using Parti.Grains.Tests.Cluster;

namespace Parti.Grains.Tests.Storage;

public sealed class StateFileTests : IDisposable
{
    private static readonly GrainId Id = GrainId.Create("job", "tenant/Job_1");

    private readonly TemporaryFolder _folder = new();
    private readonly FileGrainStorage _storage;

    public StateFileTests() => _storage = new(_folder.Path);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Write_ManyTimes_KeepsOneFileOfBoundedSizeWithTheLastState()
    {
        GrainState<JobGrainState> state = await WriteAsync(0);
        for (int number = 1; number <= 1000; number++)
        {
            await WriteAsync(number, state);
        }

        Assert.Equal(1000, (await ReadAsync()).State!.SeqReserved);
        Assert.InRange(new FileInfo(StateOf()).Length, 1, 1 << 16);
    }

    [Fact]
    public async Task Read_AdditionCutShortAnywhere_GivesTheStateBeforeAndGoesOn()
    {
        GrainState<JobGrainState> state = await WriteAsync(1);
        int first = (await BytesAsync()).Length;
        await WriteAsync(2, state);
        byte[] both = await BytesAsync();
        for (int length = first; length < both.Length; length++)
        {
            await File.WriteAllBytesAsync(StateOf(), both[..length], Token);
            await AssertGoesOnFromAsync(1);
        }
    }

    [Fact]
    public async Task Read_AdditionThatAPowerLossLeftAsZeros_GivesTheStateBeforeAndGoesOn()
    {
        GrainState<JobGrainState> state = await WriteAsync(1);
        int first = (await BytesAsync()).Length;
        await WriteAsync(2, state);
        byte[] both = await BytesAsync();
        for (int from = first; from < both.Length; from++)
        {
            await File.WriteAllBytesAsync(StateOf(), [.. both[..from], .. new byte[both.Length - from]], Token);
            await AssertGoesOnFromAsync(1);
        }
    }

    [Fact]
    public async Task Read_AdditionOfWhichAPowerLossLeftOnlyOtherPages_GivesTheStateBeforeAndGoesOn()
    {
        const int page = 16;
        GrainState<JobGrainState> state = await WriteAsync(1);
        int first = (await BytesAsync()).Length;
        await WriteAsync(2, state);
        byte[] both = await BytesAsync();
        for (int from = first; from + page < both.Length; from++)
        {
            await File.WriteAllBytesAsync(StateOf(), [.. both[..from], .. new byte[page], .. both[(from + page)..]], Token);
            await AssertGoesOnFromAsync(1);
        }
    }

    [Fact]
    public async Task Read_LastOfSeveralRecordsDamaged_SaysSo()
    {
        GrainState<JobGrainState> state = await WriteAsync(1);
        int first = (await BytesAsync()).Length;
        await WriteAsync(2, state);
        byte[] both = await BytesAsync();
        foreach (int at in new[] { first, both.Length - 3 })
        {
            byte[] damaged = [.. both];
            damaged[at] ^= 1;
            await File.WriteAllBytesAsync(StateOf(), damaged, Token);

            Assert.Equal("storage_damaged", (await Assert.ThrowsAsync<ResultStoreException>(ReadAsync)).Code);
        }
    }

    [Fact]
    public async Task Write_OverAFileOfTheOldFormat_KeepsItsETagAndReplacesIt()
    {
        await WriteAsync(1);
        byte[] body = Encoding.ASCII.GetBytes("{\"events\":[],\"seq_reserved\":7}");
        await File.WriteAllTextAsync(StateOf(), $"parti-state-1 {Convert.ToHexStringLower(SHA256.HashData(body))} 4-ab\n{Encoding.ASCII.GetString(body)}", Token);
        GrainState<JobGrainState> old = await ReadAsync();

        await WriteAsync(8, old);

        Assert.StartsWith("5-ab", old.ETag, StringComparison.Ordinal);
        Assert.Equal(8, (await ReadAsync()).State!.SeqReserved);
    }

    [Fact]
    public async Task Read_WhileOthersWrite_AlwaysGivesAWholeState()
    {
        const int writes = 300;
        GrainState<JobGrainState> state = await WriteAsync(0);
        Task writing = Task.Run(async () =>
        {
            for (int number = 1; number <= writes; number++)
            {
                await WriteAsync(number, state);
            }
        }, Token);

        long seen = 0;
        while (!writing.IsCompleted)
        {
            long read = (await ReadAsync()).State!.SeqReserved;
            Assert.InRange(read, seen, writes);
            seen = read;
        }

        await writing;
    }

    private async Task AssertGoesOnFromAsync(long number)
    {
        GrainState<JobGrainState> before = await ReadAsync();
        Assert.Equal(number, before.State!.SeqReserved);
        await WriteAsync(3, before);
        Assert.Equal(3, (await ReadAsync()).State!.SeqReserved);
    }

    private async Task<GrainState<JobGrainState>> WriteAsync(long number, GrainState<JobGrainState>? state = null)
    {
        state ??= new();
        state.State = new() { SeqReserved = number };
        await _storage.WriteStateAsync("job", Id, state);
        return state;
    }

    private async Task<GrainState<JobGrainState>> ReadAsync()
    {
        GrainState<JobGrainState> state = new();
        await _storage.ReadStateAsync("job", Id, state);
        return state;
    }

    private Task<byte[]> BytesAsync() => File.ReadAllBytesAsync(StateOf(), Token);

    private string StateOf() => Assert.Single(
        Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories), file => !file.Contains(".locks", StringComparison.Ordinal));
}
