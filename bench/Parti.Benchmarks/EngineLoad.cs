using System.Diagnostics;
using Parti.Inference;
using Parti.Inference.Engine;

namespace Parti.Benchmarks;

/// <summary>Keeps every slot busy until disposed.</summary>
sealed class EngineLoad : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly Task[] _slots;
    long _drawn;
    int[] _latest = [];

    public EngineLoad(DeviceEngine engine, TextConditioning text, int slots) => _slots = [.. Enumerable.Range(0, slots).Select(slot => Keep(engine, text, slot))];

    public long Drawn => Interlocked.Read(ref _drawn);

    public int[] Latest => Volatile.Read(ref _latest);

    /// <summary>Waits for a time or a number of tokens, whichever is later.</summary>
    public async Task<long> Tokens(TimeSpan time, long tokens)
    {
        long started = Stopwatch.GetTimestamp();
        while (Drawn < tokens || Stopwatch.GetElapsedTime(started) < time)
        {
            await Task.Delay(10);
        }
        return Drawn;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_slots);
        _stop.Dispose();
    }

    async Task Keep(DeviceEngine engine, TextConditioning text, int slot)
    {
        void Count(SampleProgress progress) => Interlocked.Add(ref _drawn, progress.NewTokens.Length);
        for (ulong picture = 0; !_stop.IsCancellationRequested; picture++)
        {
            try
            {
                int[] tokens = await engine.SampleAsync(new(text, new(4, 1, 0, 1), picture, slot, []), Count, _stop.Token);
                Volatile.Write(ref _latest, tokens[..(tokens.Length / 2)]);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
