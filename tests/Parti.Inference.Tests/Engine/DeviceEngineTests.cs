using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;

namespace Parti.Inference.Tests.Engine;

public sealed class DeviceEngineTests : IDisposable
{
    const int Length = 12;
    static readonly SamplingParams Sampling = new(1, 1, 0, 1);
    static readonly ModelDescription Model = new("scripted", "hash", 8, Length, 1, [1], Sampling);

    readonly ScriptedRunner _runner = new(Model, 2);
    readonly ScriptedSource _source;
    readonly CancellationToken _ct = TestContext.Current.CancellationToken;

    public DeviceEngineTests() => _source = new ScriptedSource(_runner);

    public void Dispose() => _runner.Dispose();

    [Fact]
    public async Task SampleAsync_MoreImagesThanSlots_EachEqualsItsOwnRun()
    {
        await using DeviceEngine engine = Start();
        int[][] alone = new int[7][];
        for (int i = 0; i < alone.Length; i++)
        {
            alone[i] = await engine.SampleAsync(Request(i), cancellationToken: _ct);
        }

        int[][] together = await Task.WhenAll(Enumerable.Range(0, alone.Length).Select(i => engine.SampleAsync(Request(i), cancellationToken: _ct)));

        Assert.Equal(alone, together);
        Assert.Equal(alone.Length, alone.Select(tokens => string.Join(' ', tokens)).Distinct().Count());
    }

    [Fact]
    public async Task SampleAsync_Progress_ReportsEveryNewTokenOnceAndNoKeptOne()
    {
        await using DeviceEngine engine = Start();
        int[] whole = await engine.SampleAsync(Request(1), cancellationToken: _ct);
        List<(int Position, int Token)> reported = [];

        int[] resumed = await engine.SampleAsync(
            Request(1) with { KeptTokens = whole[..5] }, progress => reported.Add((progress.Position, progress.NewTokens.Span[0])), _ct);

        Assert.Equal(whole, resumed);
        Assert.Equal(whole.Select((token, position) => (position, token)).Skip(5), reported);
    }

    [Fact]
    public async Task SampleAsync_AllTokensKept_ReturnsThemWithoutAStep()
    {
        await using DeviceEngine engine = Start();
        _runner.BeforeStep = _ => throw new InvalidOperationException("no step expected");
        int[] kept = [.. Enumerable.Range(0, Length).Select(i => i % ScriptedRunner.Candidates)];

        Assert.Equal(kept, await engine.SampleAsync(Request(1) with { KeptTokens = kept }, cancellationToken: _ct));
    }

    [Fact]
    public async Task SampleAsync_Canceled_FreesTheSlotAtTheNextStep()
    {
        using CancellationTokenSource cancel = new();
        List<int[]> slots = [];
        _runner.BeforeStep = inputs =>
        {
            slots.Add([.. inputs.Select(input => input.Slot)]);
            if (slots.Count == 3)
            {
                cancel.Cancel();
            }
        };
        await using DeviceEngine engine = Start();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.SampleAsync(Request(1), cancellationToken: cancel.Token));
        await engine.SampleAsync(Request(2), cancellationToken: _ct);

        Assert.Equal(3 + Length, slots.Count);
    }

    [Fact]
    public async Task SampleAsync_CanceledBeforehand_NeverRuns()
    {
        using CancellationTokenSource cancel = new();
        _runner.BeforeStep = _ => throw new InvalidOperationException("no step expected");
        await using DeviceEngine engine = Start();
        cancel.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.SampleAsync(Request(1), cancellationToken: cancel.Token));
    }

    [Fact]
    public async Task SampleAsync_ProgressThrows_FailsThatRequestAlone()
    {
        await using DeviceEngine engine = Start();
        int[] alone = await engine.SampleAsync(Request(2), cancellationToken: _ct);

        Task<int[]> failing = engine.SampleAsync(Request(1), _ => throw new InvalidOperationException("listener"), _ct);
        Task<int[]> other = engine.SampleAsync(Request(2), cancellationToken: _ct);

        Assert.Equal("stage_failed", (await Assert.ThrowsAsync<EngineRequestException>(() => failing)).Code);
        Assert.Equal(alone, await other);
    }

    [Fact]
    public async Task SampleAsync_StepThrows_FailsItAndTheEngineLivesOn()
    {
        await using DeviceEngine engine = Start();
        int[] alone = await engine.SampleAsync(Request(2), cancellationToken: _ct);
        _runner.BeforeStep = _ => throw new InvalidOperationException("device");

        await Assert.ThrowsAsync<EngineRequestException>(() => engine.SampleAsync(Request(2), cancellationToken: _ct));

        _runner.BeforeStep = _ => { };
        Assert.Equal(alone, await engine.SampleAsync(Request(2), cancellationToken: _ct));
    }

    [Fact]
    public async Task SampleAsync_RefusedConditioning_FailsAndFreesTheSlot()
    {
        await using DeviceEngine engine = Start();
        SampleRequest refused = Request(1) with { Conditioning = new TextConditioning(Model.Name, [-1], 1, null, 0, 0) };

        EngineRequestException[] errors = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ =>
            Assert.ThrowsAsync<EngineRequestException>(() => engine.SampleAsync(refused, cancellationToken: _ct))));

        Assert.All(errors, error => Assert.Equal("invalid_conditioning", error.Code));
        Assert.Equal(Length, (await engine.SampleAsync(Request(1), cancellationToken: _ct)).Length);
    }

    [Fact]
    public async Task SampleAsync_ForcedTokens_AreInPlaceAndTheRestIsDrawnAfterThem()
    {
        await using DeviceEngine engine = Start();
        int[] free = await engine.SampleAsync(Request(1), cancellationToken: _ct);
        int[] forced = [.. free.Select((token, i) => i is < 3 or 6 or > 9 ? (token + 1) % ScriptedRunner.Candidates : SampleRequest.Open)];
        List<int> reported = [];

        int[] edited = await engine.SampleAsync(Request(1) with { ForcedTokens = forced }, progress => reported.Add(progress.NewTokens.Span[0]), _ct);
        int[] resumed = await engine.SampleAsync(Request(1) with { ForcedTokens = forced, KeptTokens = edited[..5] }, cancellationToken: _ct);

        Assert.All(forced.Zip(edited).Where(pair => pair.First != SampleRequest.Open), pair => Assert.Equal(pair.First, pair.Second));
        Assert.NotEqual(free[3..6], edited[3..6]);
        Assert.Equal(edited, reported);
        Assert.Equal(edited, resumed);
    }

    [Fact]
    public async Task SampleAsync_ForcedAtTheEnd_NeedsNoStepForThem()
    {
        await using DeviceEngine engine = Start();
        List<int> positions = [];
        _runner.BeforeStep = inputs => positions.AddRange(inputs.Select(input => input.Position));
        int[] forced = [.. Enumerable.Range(0, Length).Select(i => i < 4 ? SampleRequest.Open : i % ScriptedRunner.Candidates)];

        int[] tokens = await engine.SampleAsync(Request(1) with { ForcedTokens = forced }, cancellationToken: _ct);

        Assert.Equal([0, 1, 2, 3], positions);
        Assert.Equal(forced[4..], tokens[4..]);
    }

    [Fact]
    public async Task SampleAsync_SeveralPositionsAStep_ReplaysInFewerStepsWithTheSameTokens()
    {
        int[][] expected;
        await using (DeviceEngine engine = Start())
        {
            expected = [await engine.SampleAsync(Request(1), cancellationToken: _ct), await engine.SampleAsync(Request(2), cancellationToken: _ct)];
        }
        ScriptedRunner runner = new(Model, 2) { PositionsPerStep = 5 };
        List<int> steps = [];
        runner.BeforeStep = inputs => steps.Add(inputs.Length);
        await using DeviceEngine several = new("cpu", 2, false, new ScriptedSource(runner), NullLogger.Instance);

        Task<int[]> first = several.SampleAsync(Request(1) with { KeptTokens = expected[0][..9] }, cancellationToken: _ct);
        Task<int[]> second = several.SampleAsync(Request(2) with { KeptTokens = expected[1][..9] }, cancellationToken: _ct);

        Assert.Equal(expected, [await first, await second]);
        Assert.True(steps.Count < 2 * Length - 9, string.Join(' ', steps));
        Assert.InRange(steps.Max(), 5, 6);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(ScriptedRunner.Candidates)]
    public async Task SampleAsync_KeptTokenOutOfRange_IsRefused(int token)
    {
        await using DeviceEngine engine = Start();

        EngineRequestException error = await Assert.ThrowsAsync<EngineRequestException>(
            () => engine.SampleAsync(Request(1) with { KeptTokens = [token] }, cancellationToken: _ct));

        Assert.Equal("invalid_tokens", error.Code);
    }

    [Fact]
    public async Task SampleAsync_InvalidRequest_IsRefusedByName()
    {
        await using DeviceEngine engine = Start();

        await Refused("invalid_tokens", Request(1) with { KeptTokens = new int[Length + 1] });
        await Refused("invalid_tokens", Request(1) with { ForcedTokens = new int[Length - 1] });
        await Refused("invalid_tokens", Request(1) with { ForcedTokens = [-2, .. Enumerable.Repeat(SampleRequest.Open, Length - 1)] });
        await Refused("invalid_parameter", Request(1) with { Sampling = Sampling with { TopP = 0 } });
        await Refused("invalid_parameter", Request(1) with { ImageIndex = -1 });
        await Refused("unknown_model", Request(1) with { Conditioning = new TextConditioning("other", [1], 1, null, 0, 0) });

        async Task Refused(string code, SampleRequest request) => Assert.Equal(
            code, (await Assert.ThrowsAsync<EngineRequestException>(() => engine.SampleAsync(request, cancellationToken: _ct))).Code);
    }

    [Fact]
    public async Task EncodeAsync_Failure_NamesTheStageAndTheEngineLivesOn()
    {
        await using DeviceEngine engine = Start();

        EngineRequestException error = await Assert.ThrowsAsync<EngineRequestException>(
            () => engine.EncodeAsync(new EncodeRequest(Model.Name, "broken", null), _ct));

        Assert.Equal("stage_failed", error.Code);
        Assert.Contains("encode", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, (await engine.EncodeAsync(new EncodeRequest(Model.Name, "hello", null), _ct)).States[0]);
    }

    [Fact]
    public async Task Load_Failure_FailsTheRequestAndIsTriedAgain()
    {
        _source.LoadFailure = _ => new InvalidDataException("tensor x does not fit");
        await using DeviceEngine engine = Start(preload: true);

        EngineRequestException error = await Assert.ThrowsAsync<EngineRequestException>(() => engine.SampleAsync(Request(1), cancellationToken: _ct));
        _source.LoadFailure = _ => null;

        Assert.Equal("model_unavailable", error.Code);
        Assert.Contains("tensor x does not fit", error.Message, StringComparison.Ordinal);
        Assert.Equal(Length, (await engine.SampleAsync(Request(1), cancellationToken: _ct)).Length);
    }

    [Fact]
    public async Task DetokenizeAsync_DuringSampling_RunsBetweenSteps()
    {
        TaskCompletionSource<Picture> preview = new();
        DeviceEngine engine = Start();
        await using (engine)
        {
            int[] tokens = await engine.SampleAsync(Request(1), progress =>
            {
                if (progress.Position == 3)
                {
                    _ = ForwardAsync(engine.DetokenizeAsync(Model.Name, [1, 2, 3, 4]), preview);
                }
            }, _ct);

            Assert.Equal(4, (await preview.Task).Rgb[0]);
            Assert.Equal(Length, tokens.Length);
        }
    }

    [Fact]
    public async Task DisposeAsync_WithWork_FailsItAndDisposesTheModel()
    {
        TaskCompletionSource started = new();
        using ManualResetEventSlim go = new();
        _runner.BeforeStep = _ =>
        {
            started.TrySetResult();
            go.Wait(_ct);
        };
        DeviceEngine engine = Start();
        Task<int[]>[] running = [.. Enumerable.Range(0, 4).Select(i => engine.SampleAsync(Request(i)))];
        await started.Task;

        ValueTask disposal = engine.DisposeAsync();
        go.Set();
        await disposal;

        foreach (Task<int[]> task in running)
        {
            Assert.Equal("engine_stopped", (await Assert.ThrowsAsync<EngineRequestException>(() => task)).Code);
        }
        Assert.True(_runner.IsDisposed);
        await Assert.ThrowsAsync<EngineRequestException>(() => engine.SampleAsync(Request(1), cancellationToken: _ct));
        await Assert.ThrowsAsync<EngineRequestException>(() => engine.EncodeAsync(new EncodeRequest(Model.Name, "x", null), _ct));
    }

    static async Task ForwardAsync(Task<Picture> from, TaskCompletionSource<Picture> to) => to.SetResult(await from);

    DeviceEngine Start(bool preload = false) => new("cpu", 2, preload, _source, NullLogger.Instance);

    static SampleRequest Request(int index) =>
        new(new TextConditioning(Model.Name, [index + 1], 1, null, 0, 0), Sampling, (ulong)(100 + index), index, []);
}
