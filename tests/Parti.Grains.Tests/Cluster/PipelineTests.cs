using System.Security.Cryptography;
using System.Text;
using Parti.Abstractions;
using Parti.Client;

namespace Parti.Grains.Tests.Cluster;

public sealed class PipelineTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TestCluster _cluster = shared.Cluster;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Generate_OnePrompt_PassesAllStagesAndStoresTheBytes()
    {
        List<JobEvent> events = [];
        GenerationResult result = await _cluster.Client.GenerateAsync("a red circle", new() { Seed = 7, OnEvent = events.Add }, Token).WaitAsync(Patience, Token);

        GeneratedImage image = Assert.Single(result.Images);
        ImageSnapshot snapshot = Assert.Single(result.Job.Images);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(image.Bytes.Span)), snapshot.Sha256);
        Assert.Equal(TestEngine.LargeSize, image.Width);
        Assert.StartsWith("Png 16x16\na red circle\n", Encoding.UTF8.GetString(image.Bytes.Span), StringComparison.Ordinal);
        Assert.Matches($"^jobs/default/\\d{{4}}/\\d\\d/\\d\\d/{result.Job.Id}/0.png$", snapshot.Url);
        Assert.Equal(JobState.Succeeded, result.Job.State);
        Assert.Equal(1, result.Job.Progress);
        Assert.Equal(7ul, result.Job.Parameters.Seed);
        Assert.Equal(_cluster.Worker, Assert.Single(result.Job.Attempts).Worker);
        Assert.NotNull(result.Job.Timings.EncodeMs);
        Assert.NotNull(result.Job.Timings.SampleMs);
        Assert.NotNull(result.Job.Timings.DetokenizeMs);
        Assert.NotNull(result.Job.Timings.UpscaleMs);
        Assert.NotNull(result.Job.Timings.StoreMs);
        Assert.Equal([JobEventType.Queued, JobEventType.Started], events.Take(2).Select(next => next.Type));
        Assert.Equal(JobEventType.Succeeded, events[^1].Type);
        Assert.Equal(events.OrderBy(next => next.Seq).DistinctBy(next => next.Seq), events);
        Assert.Contains(events, next => next.Type == JobEventType.Progress);
        Assert.Contains(events, next => next is { Type: JobEventType.Stage, Changed.Stage: Stage.Upscale });
        string folder = snapshot.Url![..^"/0.png".Length];
        Assert.NotNull(await _cluster.Results.ReadAsync($"{folder}/job.json", Token));
    }

    [Fact]
    public async Task Generate_SeveralImages_AreOneEncodeAndDifferentPictures()
    {
        int encodes = _cluster.Engine.Encodes;

        GenerationResult result = await _cluster.Client.GenerateAsync("many", new() { N = 9, Seed = 1, Size = "native", OutputFormat = OutputFormat.Webp }, Token).WaitAsync(Patience, Token);

        Assert.Equal(9, result.Images.Count);
        Assert.Equal(9, result.Images.Select(image => image.Sha256).Distinct().Count());
        Assert.All(result.Images, image => Assert.Equal(TestEngine.NativeSize, image.Width));
        Assert.EndsWith(".webp", result.Job.Images[0].Url, StringComparison.Ordinal);
        Assert.Equal(1, _cluster.Engine.Encodes - encodes);
        Assert.InRange(_cluster.Engine.MostRunning, 1, _cluster.Engine.Slots);
    }

    [Fact]
    public async Task Generate_EightPromptsAtOnce_SameBytesAsAlone()
    {
        GenerationResult alone = await _cluster.Client.GenerateAsync("prompt 3", new() { Seed = 5 }, Token).WaitAsync(Patience, Token);

        GenerationResult[] all = await Task.WhenAll(Enumerable.Range(0, 8)
            .Select(i => _cluster.Client.GenerateAsync($"prompt {i}", new() { Seed = 5 }, Token))).WaitAsync(Patience, Token);

        Assert.Equal(8, all.Select(result => result.Images[0].Sha256).Distinct().Count());
        Assert.Equal(alone.Images[0].Bytes.ToArray(), all[3].Images[0].Bytes.ToArray());
    }

    [Fact]
    public async Task Submit_SameBodyTwice_IsOneJob()
    {
        string id = JobKey.NewId(TimeProvider.System);
        GenerationRequest request = new() { Prompt = "once" };

        JobHandle[] handles = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _cluster.Client.SubmitAsync(request, id, Token)));
        GenerationResult result = await handles[0].GetResultAsync(Token).WaitAsync(Patience, Token);
        JobHandle again = await _cluster.Client.SubmitAsync(request, id, Token);

        Assert.Equal(result.Job.Parameters.Seed, (await again.DescribeAsync(Token)).Parameters.Seed);
        Assert.Equal(JobState.Succeeded, (await again.DescribeAsync(Token)).State);
        await Assert.ThrowsAsync<JobConflictException>(() => _cluster.Client.SubmitAsync(request with { Prompt = "twice" }, id, Token));
    }

    [Theory]
    [InlineData("nope", null, "model")]
    [InlineData("test", "257", "size")]
    public async Task Submit_WhatNoModelServes_NamesTheParameter(string model, string? size, string parameter)
    {
        InvalidRequestException refused = await Assert.ThrowsAsync<InvalidRequestException>(
            () => _cluster.Client.SubmitAsync(new() { Prompt = "x", Model = model, Size = size }, null, Token));

        Assert.Equal(parameter, Assert.Single(refused.Problems).Parameter);
    }

    [Fact]
    public async Task Watch_FromTheMiddle_RepeatsNothing()
    {
        JobHandle job = await _cluster.Client.SubmitAsync(new() { Prompt = "watched" }, null, Token);
        List<JobEvent> all = await ReadAsync(job, 0);

        List<JobEvent> rest = await ReadAsync(job, all[1].Seq);

        Assert.Equal(all.Skip(2).Select(next => next.Seq), rest.Select(next => next.Seq));
        Assert.Empty(await ReadAsync(job, all[^1].Seq));
    }

    [Fact]
    public async Task UnknownJob_EveryCall_SaysNotFound()
    {
        JobHandle job = _cluster.Client.GetJob("no-such-job");

        await Assert.ThrowsAsync<JobNotFoundException>(() => job.DescribeAsync(Token));
        await Assert.ThrowsAsync<JobNotFoundException>(() => job.CancelAsync(Token));
        await Assert.ThrowsAsync<JobNotFoundException>(() => job.RetryAsync(Token));
        await Assert.ThrowsAsync<JobNotFoundException>(() => job.DeleteAsync(Token));
        await Assert.ThrowsAsync<JobNotFoundException>(() => job.GetResultAsync(Token));
    }

    [Fact]
    public async Task Delete_FinishedJob_TakesRecordBytesAndLine()
    {
        GenerationResult result = await _cluster.Client.GenerateAsync("short-lived", null, Token).WaitAsync(Patience, Token);
        JobHandle job = _cluster.Client.GetJob(result.Job.Id);

        await job.DeleteAsync(Token);

        await Assert.ThrowsAsync<JobNotFoundException>(() => job.DescribeAsync(Token));
        Assert.Null(await _cluster.Results.ReadAsync(result.Job.Images[0].Url!, Token));
        Assert.DoesNotContain((await _cluster.Client.ListJobsAsync(new() { Limit = 1000 }, Token)).Jobs, line => line.Id == result.Job.Id);
    }

    [Fact]
    public async Task ListJobs_PageByPage_NewestFirstAndComplete()
    {
        for (int i = 0; i < 3; i++)
        {
            await _cluster.Client.GenerateAsync("listed", null, Token).WaitAsync(Patience, Token);
        }

        List<JobSummary> all = [.. (await _cluster.Client.ListJobsAsync(new() { Limit = 1000 }, Token)).Jobs];
        List<JobSummary> paged = [];
        string? cursor = null;
        do
        {
            JobPage page = await _cluster.Client.ListJobsAsync(new() { Limit = 2, Cursor = cursor }, Token);
            paged.AddRange(page.Jobs);
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        Assert.True(all.Count >= 3);
        Assert.Equal(all.OrderByDescending(job => job.CreatedAt).Select(job => job.Id), all.Select(job => job.Id));
        Assert.Equal(all.Select(job => job.Id), paged.Select(job => job.Id));
    }

    [Fact]
    public async Task ListWorkers_OneDevice_IsThere()
    {
        WorkerSnapshot worker = Assert.Single(await _cluster.Client.ListWorkersAsync(Token));

        Assert.Equal(_cluster.Worker, worker.Id);
        Assert.Equal([TestEngine.Model], worker.Models);
        Assert.Equal(4, worker.Slots);
    }

    [Fact]
    public async Task Worker_OfUnknownSilo_CannotBePlaced()
    {
        Exception refused = await Assert.ThrowsAnyAsync<Exception>(() => _cluster.Grains.GetGrain<IWorkerGrain>("nowhere|cpu").DescribeAsync());

        Assert.Contains("nowhere", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<List<JobEvent>> ReadAsync(JobHandle job, long afterSeq)
    {
        List<JobEvent> events = [];
        await foreach (JobEvent next in job.WatchAsync(afterSeq, Token).WithCancellation(Token))
        {
            events.Add(next);
        }

        return events;
    }
}
