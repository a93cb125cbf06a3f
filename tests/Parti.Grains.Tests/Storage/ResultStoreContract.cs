using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Parti.Grains.Storage;
using Parti.Grains.Tests.Cluster;
using Parti.Testing;

namespace Parti.Grains.Tests.Storage;

/// <summary>What workers and jobs rely on, whatever keeps the pictures.</summary>
public abstract class ResultStoreContract
{
    private readonly string _folder = ResultPaths.Folder(new("tenant", $"job-{Guid.NewGuid():n}"), DateTimeOffset.UnixEpoch);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Picture => $"{_folder}/0.png";

    [Fact]
    public async Task Put_Twice_KeepsTheFirstAndTheSecondReadsIt()
    {
        IResultStore store = await GetAsync();

        Assert.Equal(PutOutcome.Created, await store.PutAsync(Picture, new byte[] { 1, 2 }, Token));
        Assert.Equal(PutOutcome.AlreadyExists, await store.PutAsync(Picture, new byte[] { 3 }, Token));

        Assert.Equal([1, 2], (await store.ReadAsync(Picture, Token))!);
    }

    [Fact]
    public async Task Put_FromManySidesAtOnce_CreatesExactlyOnceAndAllReadTheWinner()
    {
        IResultStore store = await GetAsync();

        PutOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => store.PutAsync(Picture, new[] { (byte)i }, Token)));

        Assert.Single(outcomes, PutOutcome.Created);
        int winner = Array.IndexOf(outcomes, PutOutcome.Created);
        Assert.Equal([(byte)winner], (await store.ReadAsync(Picture, Token))!);
    }

    [Fact]
    public async Task Put_LargePicture_ComesBackWhole()
    {
        IResultStore store = await GetAsync();
        byte[] large = new byte[12 << 20];
        new Random(5).NextBytes(large);

        await store.PutAsync(Picture, large, Token);

        byte[]? read = await store.ReadAsync(Picture, Token);
        Assert.True(large.AsSpan().SequenceEqual(read));
    }

    [Fact]
    public async Task Read_NothingThere_IsNull()
    {
        IResultStore store = await GetAsync();

        Assert.Null(await store.ReadAsync(Picture, Token));
    }

    [Fact]
    public async Task List_OfAJob_GivesItsPathsAndNoOthers()
    {
        IResultStore store = await GetAsync();
        string[] own = [$"{_folder}/0.png", $"{_folder}/1.png", $"{_folder}/job.json"];
        foreach (string path in own.Append($"{_folder}-2/0.png"))
        {
            await store.PutAsync(path, new byte[] { 1 }, Token);
        }

        Assert.Equal(own, (await store.ListAsync(_folder, Token).ToListAsync(Token)).Order(StringComparer.Ordinal));
        Assert.Empty(await store.ListAsync($"{_folder}-3", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Delete_AJob_LeavesItsNeighbour()
    {
        IResultStore store = await GetAsync();
        await store.PutAsync($"{_folder}/0.png", new byte[] { 1 }, Token);
        await store.PutAsync($"{_folder}/job.json", new byte[] { 1 }, Token);
        await store.PutAsync($"{_folder}-2/0.png", new byte[] { 2 }, Token);

        await store.DeleteAsync(_folder, Token);
        await store.DeleteAsync(_folder, Token);

        Assert.Null(await store.ReadAsync($"{_folder}/0.png", Token));
        Assert.Empty(await store.ListAsync(_folder, Token).ToListAsync(Token));
        Assert.Equal([2], (await store.ReadAsync($"{_folder}-2/0.png", Token))!);
        Assert.Equal(PutOutcome.Created, await store.PutAsync($"{_folder}/0.png", new byte[] { 3 }, Token));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a//b")]
    [InlineData("a/b?c")]
    public async Task Path_ThatEscapes_IsRefused(string path)
    {
        IResultStore store = await GetAsync();

        Assert.Equal("storage_path", (await Assert.ThrowsAsync<ResultStoreException>(() => store.PutAsync(path, new byte[1], Token))).Code);
        Assert.Equal("storage_path", (await Assert.ThrowsAsync<ResultStoreException>(() => store.ReadAsync(path, Token))).Code);
        Assert.Equal("storage_path", (await Assert.ThrowsAsync<ResultStoreException>(() => store.DeleteAsync(path, Token))).Code);
    }

    protected abstract Task<IResultStore> GetAsync();
}

/// <summary>Files.</summary>
public sealed class FileResultStoreContractTests : ResultStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<IResultStore> GetAsync() => Task.FromResult<IResultStore>(new FileResultStore(_folder.Path, TimeProvider.System));
}

/// <summary>Azure Blob Storage as Azurite does it.</summary>
/// <param name="azurite">The emulator.</param>
public sealed class AzureResultStoreContractTests(AzuriteFixture azurite) : ResultStoreContract, IClassFixture<AzuriteFixture>
{
    [Fact]
    public async Task Put_APicture_HasItsMediaType()
    {
        BlobContainerClient container = await azurite.GetAsync(Token);
        AzureResultStore store = new(container, TimeProvider.System);
        string path = $"jobs/{Guid.NewGuid():n}/0.webp";
        await store.PutAsync(path, new byte[] { 1 }, Token);

        BlobProperties properties = await container.GetBlobClient(path).GetPropertiesAsync(cancellationToken: Token);

        Assert.Equal("image/webp", properties.ContentType);
    }

    [Fact]
    public async Task Link_GivenToAnybody_ReadsThatPictureAndOnlyReads()
    {
        AzureResultStore store = new(await azurite.GetAsync(Token), TimeProvider.System);
        string path = $"jobs/{Guid.NewGuid():n}/0.png";
        await store.PutAsync(path, new byte[] { 7 }, Token);
        using HttpClient anybody = new();

        Uri? link = await store.CreateLinkAsync(path, TimeSpan.FromMinutes(5), Token);
        byte[] read = await anybody.GetByteArrayAsync(link, Token);
        using HttpResponseMessage deleted = await anybody.DeleteAsync(link, Token);
        using HttpResponseMessage bare = await anybody.GetAsync(new Uri(link!.GetLeftPart(UriPartial.Path)), Token);

        Assert.Equal([7], read);
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, deleted.StatusCode);
        Assert.False(bare.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Put_NobodyListens_IsTransientAndSaysSo()
    {
        BlobClientOptions options = AzureResultStore.ClientOptions(TimeSpan.FromMilliseconds(1));
        BlobServiceClient service = new(AzuriteServer.ConnectionStringAt(ServerProcess.FreePort()), options);
        AzureResultStore store = new(service.GetBlobContainerClient("nowhere"), TimeProvider.System);

        ResultStoreException failed = await Assert.ThrowsAsync<ResultStoreException>(() => store.PutAsync("jobs/a/0.png", new byte[1], Token));

        Assert.Equal("storage_unavailable", failed.Code);
        Assert.True(failed.IsTransient);
        Assert.DoesNotContain('\n', failed.Message);
    }

    protected override async Task<IResultStore> GetAsync() => new AzureResultStore(await azurite.GetAsync(Token), TimeProvider.System);
}

/// <summary>One emulator and one container; it starts with the first test that asks, so that it can skip.</summary>
public sealed class AzuriteFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private AzuriteServer? _server;

    public async Task<BlobContainerClient> GetAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _server ??= await AzuriteServer.StartAsync(cancellationToken);
            BlobContainerClient container = new BlobServiceClient(_server.ConnectionString, AzureResultStore.ClientOptions()).GetBlobContainerClient("results");
            await new AzureResultStore(container, TimeProvider.System).CreateContainerAsync(cancellationToken);
            return container;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _gate.Dispose();
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
