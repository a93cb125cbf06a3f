using Microsoft.Extensions.Time.Testing;
using Parti.Abstractions;
using Parti.Grains.Workers;
using Parti.Inference;

namespace Parti.Grains.Tests.Workers;

/// <summary>On one scheduler that runs one thing at a time, as a grain's does.</summary>
public sealed class AttentionMapsTests : IDisposable
{
    private readonly SlowEngine _engine = new();
    private readonly FakeTimeProvider _time = new();
    private readonly AttentionMaps _maps;

    public AttentionMapsTests() => _maps = new(_engine, _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task AnswerAsync_OtherWordsOfAnImage_CostNoOtherReplay() => OnOneThreadAsync(async () =>
    {
        Task<AttentionAnswer> red = _maps.AnswerAsync(Ask(1, "red"), Token), star = _maps.AnswerAsync(Ask(1, "star"), Token);
        _engine.Finish();

        (AttentionAnswer ofRed, AttentionAnswer ofStar) = (await red, await star);
        Assert.Equal((0.25f, 0.75f), (ofRed.Weights.Single(), ofStar.Weights.Single()));
        AttentionAnswer unknown = await _maps.AnswerAsync(Ask(1, "blue"), Token);
        Assert.Equal((AttentionOutcome.UnknownWord, 1), (unknown.Outcome, _engine.Begun));
        Assert.Equal(["red", "star"], unknown.Words);
    });

    [Fact]
    public Task AnswerAsync_ManyImages_OneAtATimeAndFewWait() => OnOneThreadAsync(async () =>
    {
        Task<AttentionAnswer>[] asked = [.. Enumerable.Range(0, AttentionMaps.MostUnderWay).Select(i => _maps.AnswerAsync(Ask(i, "red"), Token))];

        AttentionAnswer refused = await _maps.AnswerAsync(Ask(99, "red"), Token);
        Assert.Equal((AttentionOutcome.Busy, 1), (refused.Outcome, _engine.Begun));
        for (int i = 0; i < asked.Length; i++)
        {
            _engine.Finish();
            Assert.Equal(AttentionOutcome.Done, (await asked[i]).Outcome);
        }

        Assert.Equal(1, _engine.MostAtOnce);
    });

    [Fact]
    public Task AnswerAsync_AskersThatGoAway_EndTheReplayAndKeepTheOrder() => OnOneThreadAsync(async () =>
    {
        using CancellationTokenSource gone = new(), alsoGone = new();
        Task<AttentionAnswer> first = _maps.AnswerAsync(Ask(1, "red"), Token);
        Task<AttentionAnswer> waiting = _maps.AnswerAsync(Ask(2, "red"), gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Task<AttentionAnswer> third = _maps.AnswerAsync(Ask(3, "red"), alsoGone.Token);

        Assert.Equal(1, _engine.Begun);
        _engine.Finish();
        await first;
        await alsoGone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        Task<AttentionAnswer> again = _maps.AnswerAsync(Ask(3, "red"), Token);

        // The one that was given up may take the first on its way out.
        _engine.Finish();
        _engine.Finish();

        Assert.Equal(AttentionOutcome.Done, (await again).Outcome);
        Assert.Equal(1, _engine.MostAtOnce);
    });

    [Fact]
    public Task AnswerAsync_NoSlotForLong_IsBusy() => OnOneThreadAsync(async () =>
    {
        Task<AttentionAnswer> asked = _maps.AnswerAsync(Ask(1, "red"), Token);

        _time.Advance(AttentionMaps.Patience);

        Assert.Equal(AttentionOutcome.Busy, (await asked).Outcome);
    });

    [Theory]
    [InlineData("m", "other")]
    [InlineData("gone", "h")]
    public async Task AnswerAsync_OtherWeightsThanTheImages_AreNotAsked(string model, string hash)
    {
        AttentionAnswer answer = await _maps.AnswerAsync(Ask(1, "red") with { Model = model, ModelHash = hash }, Token);

        Assert.Equal((AttentionOutcome.Unsupported, 0), (answer.Outcome, _engine.Begun));
        Assert.Contains("make the image again", answer.Reason, StringComparison.Ordinal);
    }

    public void Dispose() => _engine.Dispose();

    private static Task OnOneThreadAsync(Func<Task> test) =>
        Task.Factory.StartNew(test, Token, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();

    private static AttentionQuestion Ask(int token, string word) => new() { Model = "m", ModelHash = "h", Prompt = "red star", Tokens = [token], Word = word };

    /// <summary>Replays end when the test says so.</summary>
    private sealed class SlowEngine : IInferenceEngine, IDisposable
    {
        private readonly SemaphoreSlim _finish = new(0);
        private int _running;

        public string Device => "cpu";

        public int Slots => 1;

        public IReadOnlyDictionary<string, ModelDescription> Models { get; } = new Dictionary<string, ModelDescription> { ["m"] = new("m", "h", 8, 1, 8, [8], new(1, 1, 0, 1)) };

        internal int Begun { get; private set; }

        internal int MostAtOnce { get; private set; }

        public async Task<AttentionMap> AttendAsync(AttentionRequest request, CancellationToken cancellationToken = default)
        {
            (Begun, MostAtOnce) = (Begun + 1, Math.Max(MostAtOnce, ++_running));
            try
            {
                await _finish.WaitAsync(cancellationToken);
                return new(1, 2, [0.25f, 0.75f], [new("red", 0, 1), new("star", 1, 1)]);
            }
            finally
            {
                _running--;
            }
        }

        /// <summary>Ends the replay that runs or comes next.</summary>
        internal void Finish() => _finish.Release();

        public void Dispose() => _finish.Dispose();

        public Task<TextConditioning> EncodeAsync(EncodeRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<int[]> SampleAsync(SampleRequest request, Action<SampleProgress>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<Picture> DetokenizeAsync(string model, IReadOnlyList<int> tokens, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<Picture> UpscaleAsync(string model, Picture picture, int size, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
