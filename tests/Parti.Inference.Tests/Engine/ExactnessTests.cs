using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;

namespace Parti.Inference.Tests.Engine;

/// <summary>A picture's tokens depend on its prompt, parameters, seed and index, and on nothing else the engine is doing.</summary>
[Collection(TorchSetup.Name)]
public sealed class ExactnessTests
{
    static readonly SamplingParams Guided = new(3, 1, 0, 1);
    static readonly string[] Prompts = ["a red circle", "a blue square", "two green stars", ""];
    readonly CancellationToken _ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task SampleAsync_SameSeed_SameTokensAndOtherwiseOthers()
    {
        await using DeviceEngine engine = Start(8);
        SampleRequest request = await Request(engine, 0);

        int[] first = await engine.SampleAsync(request, cancellationToken: _ct);

        Assert.Equal(first, await engine.SampleAsync(request, cancellationToken: _ct));
        Assert.NotEqual(first, await engine.SampleAsync(request with { Seed = 1 }, cancellationToken: _ct));
        Assert.NotEqual(first, await engine.SampleAsync(request with { ImageIndex = 1 }, cancellationToken: _ct));
        Assert.NotEqual(first, await engine.SampleAsync(await Request(engine, 1) with { Seed = request.Seed, ImageIndex = 0 }, cancellationToken: _ct));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(16)]
    public async Task SampleAsync_AnyNumberOfSlots_EqualsAlone(int slots)
    {
        int[][] alone = await Alone();
        await using DeviceEngine engine = Start(slots);
        SampleRequest[] requests = await Requests(engine);

        int[][] together = await Task.WhenAll(requests.Select(request => engine.SampleAsync(request, cancellationToken: _ct)));

        Assert.Equal(alone, together);
    }

    [Fact]
    public async Task SampleAsync_JoiningWhileOthersRun_EqualsAlone()
    {
        int[][] alone = await Alone();
        await using DeviceEngine engine = Start(8);
        SampleRequest[] requests = await Requests(engine);
        Task<int[]>[] running = new Task<int[]>[requests.Length];
        TaskCompletionSource all = new();

        // Each picture starts the next one after its third token.
        void Join(int index) => running[index] = engine.SampleAsync(requests[index], progress =>
        {
            if (progress.Position == 2)
            {
                (index + 1 < requests.Length ? () => Join(index + 1) : (Action)all.SetResult)();
            }
        }, _ct);
        Join(0);
        await all.Task;

        Assert.Equal(alone, await Task.WhenAll(running));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(15)]
    public async Task SampleAsync_ReplayFromKeptTokens_EqualsAlone(int kept)
    {
        int[][] alone = await Alone();
        await using DeviceEngine engine = Start(4);
        SampleRequest[] requests = await Requests(engine);

        int[][] replayed = await Task.WhenAll(requests.Select(
            (request, i) => engine.SampleAsync(i % 2 == 0 ? request with { KeptTokens = alone[i][..kept] } : request, cancellationToken: _ct)));

        Assert.Equal(alone, replayed);
    }

    [Fact]
    public async Task SampleAsync_GuidanceScaleOne_IgnoresTheOtherRow()
    {
        await using DeviceEngine engine = Start(2);
        SampleRequest plain = await Request(engine, 0), negative = await Request(engine, 0, "two green stars");
        SamplingParams none = Guided with { GuidanceScale = 1 };

        Assert.Equal(
            await engine.SampleAsync(plain with { Sampling = none }, cancellationToken: _ct),
            await engine.SampleAsync(negative with { Sampling = none }, cancellationToken: _ct));
        Assert.NotEqual(await engine.SampleAsync(plain, cancellationToken: _ct), await engine.SampleAsync(negative, cancellationToken: _ct));
    }

    [Fact]
    public async Task SampleAsync_EmptyNegativePrompt_EqualsNone()
    {
        await using DeviceEngine engine = Start(2);

        Assert.Equal(
            await engine.SampleAsync(await Request(engine, 0), cancellationToken: _ct),
            await engine.SampleAsync(await Request(engine, 0, ""), cancellationToken: _ct));
    }

    [Fact]
    public async Task SampleAsync_PoisonedStates_FailAloneAndLeaveNothingBehind()
    {
        int[][] alone = await Alone();
        await using DeviceEngine engine = Start(2);
        SampleRequest[] requests = await Requests(engine);
        SampleRequest poisoned = requests[0] with
        {
            Conditioning = requests[0].Conditioning with { States = [.. requests[0].Conditioning.States.Select(_ => float.NaN)] },
        };

        Task<int[]> failing = engine.SampleAsync(poisoned, cancellationToken: _ct);
        Task<int[]> neighbour = engine.SampleAsync(requests[1], cancellationToken: _ct);

        Assert.Equal("invalid_logits", (await Assert.ThrowsAsync<EngineRequestException>(() => failing)).Code);
        Assert.Equal(alone[1], await neighbour);
        Assert.Equal(alone[2..4], await Task.WhenAll(requests[2..4].Select(request => engine.SampleAsync(request, cancellationToken: _ct))));
    }

    [Fact]
    public async Task SampleAsync_AnotherModelsStates_AreRefused()
    {
        await using DeviceEngine engine = Start(2);
        SampleRequest request = await Request(engine, 0);

        EngineRequestException error = await Assert.ThrowsAsync<EngineRequestException>(() => engine.SampleAsync(
            request with { Conditioning = request.Conditioning with { States = new float[7] } }, cancellationToken: _ct));

        Assert.Equal("invalid_conditioning", error.Code);
    }

    [Fact]
    public async Task EncodeAsync_AnyOrder_GivesTheSameStates()
    {
        await using DeviceEngine engine = Start(2);
        TextConditioning first = await engine.EncodeAsync(new EncodeRequest(TinyModel.Name, Prompts[0], null), _ct);
        await engine.EncodeAsync(new EncodeRequest(TinyModel.Name, string.Concat(Enumerable.Repeat("blue square ", 100)), null), _ct);

        TextConditioning again = await engine.EncodeAsync(new EncodeRequest(TinyModel.Name, Prompts[0], null), _ct);

        Assert.Equal(first.States, again.States);
    }

    [Fact]
    public async Task EncodeAsync_LongPrompt_ReportsWhatWasDropped()
    {
        await using DeviceEngine engine = Start(1);

        TextConditioning text = await engine.EncodeAsync(
            new EncodeRequest(TinyModel.Name, string.Concat(Enumerable.Repeat("blue square ", 100)), null), _ct);

        Assert.Equal(12, text.Tokens);
        Assert.True(text.DroppedTokens > 0);
    }

    [Fact]
    public async Task DetokenizeAsync_DuringSampling_EqualsAloneAndDisturbsNothing()
    {
        int[][] alone = await Alone();
        await using DeviceEngine engine = Start(2);
        SampleRequest[] requests = await Requests(engine);
        byte[] expected = (await engine.DetokenizeAsync(TinyModel.Name, alone[0][..5], _ct)).Rgb;
        TaskCompletionSource<Task<Picture>> preview = new();

        int[] tokens = await engine.SampleAsync(requests[0], progress =>
        {
            if (progress.Position == 4)
            {
                preview.SetResult(engine.DetokenizeAsync(TinyModel.Name, alone[0][..5]));
            }
        }, _ct);

        Assert.Equal(alone[0], tokens);
        Assert.Equal(expected, (await await preview.Task).Rgb);
    }

    async Task<int[][]> Alone()
    {
        await using DeviceEngine engine = Start(1);
        List<int[]> alone = [];
        foreach (SampleRequest request in await Requests(engine))
        {
            alone.Add(await engine.SampleAsync(request, cancellationToken: _ct));
        }
        return [.. alone];
    }

    async Task<SampleRequest[]> Requests(DeviceEngine engine) => await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Request(engine, i)));

    async Task<SampleRequest> Request(DeviceEngine engine, int index, string? negative = null)
    {
        TextConditioning text = await engine.EncodeAsync(new EncodeRequest(TinyModel.Name, Prompts[index % Prompts.Length], negative), _ct);
        return new SampleRequest(text, Guided with { GuidanceScale = index % 3 + 1.5f }, (ulong)(1000 + index), index % 2, []);
    }

    static DeviceEngine Start(int slots) => new("cpu", slots, preload: false, new TinyModel(), NullLogger.Instance);
}
