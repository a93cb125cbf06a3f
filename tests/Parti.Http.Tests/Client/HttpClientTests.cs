using Microsoft.Extensions.DependencyInjection;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains;

namespace Parti.Http.Tests.Client;

public sealed class HttpClientTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Generate_OverHttp_GivesThePicturesAndTellsEveryEvent()
    {
        using HttpPartiClient client = new(new() { Server = server.Url });
        List<JobEventType> events = [];

        GenerationResult result = await client.GenerateAsync("a red circle", new() { N = 2, Seed = 5, OnEvent = change => events.Add(change.Type) }, Token);

        Assert.Equal(JobState.Succeeded, result.Job.State);
        Assert.Equal([0, 1], result.Images.Select(image => image.Index));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], result.Images[1].Bytes[..4].ToArray());
        Assert.Equal(JobEventType.Queued, events[0]);
        Assert.Equal(JobEventType.Succeeded, events[^1]);
    }

    [Fact]
    public async Task Save_StoredImage_WritesItsBytesWhole()
    {
        using HttpPartiClient client = new(new() { Server = server.Url });
        GenerationResult result = await client.GenerateAsync("a red circle", null, Token);
        string path = Path.Combine(server.Folder, "saved.png");

        bool saved = await client.GetJob(result.Job.Id).SaveImageAsync(0, path, Token);

        Assert.True(saved);
        Assert.Equal(result.Images[0].Bytes.ToArray(), await File.ReadAllBytesAsync(path, Token));
    }

    [Fact]
    public async Task Submit_SameIdAndAnotherBody_IsAConflict()
    {
        using HttpPartiClient client = new(new() { Server = server.Url });
        JobHandle first = await client.SubmitAsync(new() { Prompt = "a tree" }, "client-job", Token);
        JobHandle second = await client.SubmitAsync(new() { Prompt = "a tree" }, "client-job", Token);

        Assert.Equal(first.Id, second.Id);
        await Assert.ThrowsAsync<JobConflictException>(() => client.SubmitAsync(new() { Prompt = "two trees" }, "client-job", Token));
    }

    [Fact]
    public async Task Submit_WhatTheServerRefuses_NamesTheParameter()
    {
        using HttpPartiClient client = new(new() { Server = server.Url });

        InvalidRequestException error = await Assert.ThrowsAsync<InvalidRequestException>(() => client.SubmitAsync(new() { Prompt = "x", Model = "nope" }, null, Token));

        Assert.Equal("model", Assert.Single(error.Problems).Parameter);
    }

    [Fact]
    public async Task Job_ThatIsNotThere_IsNotFound()
    {
        using HttpPartiClient client = new(new() { Server = server.Url });
        JobHandle job = client.GetJob("not-there");

        await Assert.ThrowsAsync<JobNotFoundException>(() => job.DescribeAsync(Token));
        await Assert.ThrowsAsync<JobNotFoundException>(() => job.ReadImageAsync(0, Token));
        await Assert.ThrowsAsync<JobNotFoundException>(async () => await job.WatchAsync(0, Token).GetAsyncEnumerator(Token).MoveNextAsync());
    }

    [Fact]
    public async Task Failure_OfTheWork_IsAJobFailedException()
    {
        using HttpPartiClient client = new(new() { Server = server.Url });

        JobFailedException error = await Assert.ThrowsAsync<JobFailedException>(() => client.GenerateAsync("fail", null, Token));

        Assert.Equal("model_unavailable", error.Code);
    }

    [Fact]
    public async Task List_Pages_FollowTheCursor()
    {
        using HttpPartiClient client = new(new() { Server = server.Url });
        await client.GenerateAsync("one", null, Token);
        await client.GenerateAsync("two", null, Token);

        JobPage first = await client.ListJobsAsync(new() { Limit = 1, State = JobState.Succeeded }, Token);
        JobPage second = await client.ListJobsAsync(new() { Limit = 1, State = JobState.Succeeded, Cursor = first.NextCursor }, Token);

        Assert.Equal("two", Assert.Single(first.Jobs).Prompt);
        Assert.Equal("one", Assert.Single(second.Jobs).Prompt);
    }

    [Fact]
    public async Task Generate_Canceled_CancelsTheJobToo()
    {
        await using TestServer standing = new();
        using CancellationTokenSource stop = new();
        standing.Engine.Halfway = stop.Cancel;
        await standing.InitializeAsync();
        using HttpPartiClient client = new(new() { Server = standing.Url });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GenerateAsync("a red circle", null, stop.Token));

        JobPage page = await client.ListJobsAsync(null, Token);
        Assert.Equal(JobState.Canceled, (await client.GetJob(Assert.Single(page.Jobs).Id).DescribeAsync(Token)).State);
    }

    [Fact]
    public async Task Submit_FullQueue_IsBusyAndSaysWhenToComeBack()
    {
        using SemaphoreSlim nothing = new(0);
        await using TestServer full = new() { Configure = builder => builder.Services.Configure<PartiGrainsOptions>(grains => grains.QueueCapacity = 1) };
        full.Engine.Pace = nothing.WaitAsync;
        await full.InitializeAsync();
        using HttpPartiClient client = new(new() { Server = full.Url });

        PartiBusyException? busy = null;
        for (int i = 0; i < 32 && busy is null; i++)
        {
            busy = await Record.ExceptionAsync(() => client.SubmitAsync(new() { Prompt = "a red circle" }, null, Token)) as PartiBusyException;
        }

        Assert.NotNull(busy);
        Assert.InRange(busy.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Call_NobodyThere_IsUnreachable()
    {
        using HttpPartiClient client = new(new() { Server = new("http://127.0.0.1:1"), MaxTries = 2 });

        PartiUnavailableException error = await Assert.ThrowsAsync<PartiUnavailableException>(() => client.ListJobsAsync(null, Token));

        Assert.Equal("unreachable", error.Code);
        Assert.Contains("127.0.0.1:1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pools_PausedAndResumed_SayTheyAre()
    {
        using HttpPartiClient client = new(new() { Server = server.Url });
        await client.GenerateAsync("a red circle", null, Token);

        PoolSnapshot paused = await client.PausePoolAsync("demo", Stage.Upscale, Token);
        IReadOnlyList<PoolSnapshot> pools = await client.ListPoolsAsync(Token);
        PoolSnapshot resumed = await client.ResumePoolAsync("demo", Stage.Upscale, Token);

        Assert.True(paused.Paused);
        Assert.True(pools.Single(pool => pool.Stage == Stage.Upscale).Paused);
        Assert.False(resumed.Paused);
    }

    [Fact]
    public async Task Drain_IdleWorker_ReturnsWhenItIsDrained()
    {
        await using TestServer own = new();
        await own.InitializeAsync();
        using HttpPartiClient client = new(new() { Server = own.Url });
        await client.GenerateAsync("a red circle", null, Token);
        WorkerSnapshot worker = Assert.Single(await client.ListWorkersAsync(Token));

        await client.DrainWorkerAsync(worker.Id, Token);

        Assert.True(Assert.Single(await client.ListWorkersAsync(Token)).Draining);
        await Assert.ThrowsAsync<InvalidRequestException>(() => client.DrainWorkerAsync("nobody|cpu", Token));
    }

    [Theory]
    [InlineData("ftp://host", "Server")]
    [InlineData("relative", "Server")]
    public void Options_WrongAddress_AreRefusedByName(string address, string name)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddPartiClient(options => options.Server = new(address, UriKind.RelativeOrAbsolute)));

        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }
}
