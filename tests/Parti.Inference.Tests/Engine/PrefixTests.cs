using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;
using Parti.Inference.Execution;
using Parti.Inference.Scheduling;

namespace Parti.Inference.Tests.Engine;

/// <summary>Prompts that are read into the cache before the image, by the steps that draw the tokens of others.</summary>
public sealed class PrefixTests : IDisposable
{
    const int Length = 24, Prefix = 50, Together = 5, Slots = 3;
    static readonly SamplingParams Sampling = new(1, 1, 0, 1);
    static readonly ModelDescription Model = new("scripted", "hash", 64, Length, 1, [1], Sampling);

    readonly ScriptedRunner _runner = new(Model, Slots) { Prefix = Prefix, PositionsPerStep = Together };
    readonly CancellationToken _ct = TestContext.Current.CancellationToken;

    public void Dispose() => _runner.Dispose();

    [Fact]
    public async Task SampleAsync_OthersJoin_RunningPictureIsInEveryStepOfBoundedSize()
    {
        await using DeviceEngine engine = Start();
        int[] alone = await engine.SampleAsync(Request(1), cancellationToken: _ct);
        List<Task<int[]>> others = [];
        List<DecodeInput[]> steps = [];
        _runner.BeforeStep = inputs =>
        {
            if (others.Count > 0)
            {
                steps.Add(inputs);
            }
        };

        int[] tokens = await engine.SampleAsync(
            Request(1),
            progress =>
            {
                if (progress.Position == 0)
                {
                    others.AddRange([engine.SampleAsync(Request(2), cancellationToken: _ct), engine.SampleAsync(Request(3), cancellationToken: _ct)]);
                }
            },
            _ct);
        DecodeInput[][] until = [.. steps.Take(Length - 1)];

        Assert.Equal(alone, tokens);
        Assert.All(until, inputs => Assert.InRange(inputs.Length, 1, Slots + Together - 1));
        Assert.Equal(Enumerable.Range(1, Length - 1), until.SelectMany(inputs => inputs).Where(input => input.Slot == 0).Select(input => input.Position));
        await Task.WhenAll(others);
    }

    [Fact]
    public async Task SampleAsync_KeptTokens_AreReplayedAfterThePrefix()
    {
        await using DeviceEngine engine = Start();
        int[] whole = await engine.SampleAsync(Request(1), cancellationToken: _ct);
        List<DecodeInput> inputs = [];
        _runner.BeforeStep = inputs.AddRange;
        List<int> reported = [];

        int[] resumed = await engine.SampleAsync(Request(1) with { KeptTokens = whole[..7] }, progress => reported.Add(progress.Position), _ct);

        Assert.Equal(whole, resumed);
        Assert.Equal(Enumerable.Range(-Prefix, Prefix + Length), inputs.Select(input => input.Position));
        Assert.All(inputs.Where(input => input.Position <= 0), input => Assert.Equal(-1, input.Token));
        Assert.Equal(Enumerable.Range(7, Length - 7), reported);
    }

    [Fact]
    public void Begin_SequenceThatHasBegun_Throws()
    {
        Sequence sequence = new(Request(1), Length);
        sequence.Append(3);

        Assert.Throws<InvalidOperationException>(() => sequence.Begin(2));
    }

    DeviceEngine Start() => new("cpu", Slots, preload: false, new ScriptedSource(_runner), NullLogger.Instance);

    static SampleRequest Request(int number) => new(new TextConditioning("scripted", [number], 1, null, 0, 0), Sampling, (ulong)number, 0, []);
}
