using System.Collections.Concurrent;
using System.Diagnostics;
using Parti.Abstractions;
using Parti.Client;

namespace Parti.Chaos.Tests;

/// <summary>A job that was accepted.</summary>
/// <param name="Id">Job id.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Took">From submit to result.</param>
internal sealed record LoadedJob(string Id, ulong Seed, TimeSpan Took);

/// <summary>Keeps a few jobs in the cluster at any time, and remembers what became of each.</summary>
internal sealed class Load : IAsyncDisposable
{
    private const int Seeds = 4;

    /// <summary>Between them the jobs pass every stage.</summary>
    private static readonly GenerationOptions[] Options = [new() { Size = "native" }, new(), new() { Size = "native", BestOf = 2 }, new() { Size = "native" }];

    private readonly IPartiClient _client;
    private readonly IReadOnlyDictionary<ulong, string> _expected;
    private readonly Invariants _invariants;
    private readonly ConcurrentBag<LoadedJob> _done = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private int _accepted;
    private int _refused;

    /// <summary>Begins.</summary>
    public Load(IPartiClient client, IReadOnlyDictionary<ulong, string> expected, Invariants invariants, int atOnce, int seed)
    {
        (_client, _expected, _invariants) = (client, expected, invariants);
        _running = Task.WhenAll(Enumerable.Range(0, atOnce).Select(number => RunAsync(number, new Random(seed + number))));
    }

    /// <summary>Jobs that ended.</summary>
    public IReadOnlyCollection<LoadedJob> Done => _done;

    /// <summary>Jobs the cluster said yes to.</summary>
    public int Accepted => _accepted;

    /// <summary>Submits that the cluster could not take; a caller would try again.</summary>
    public int Refused => _refused;

    /// <summary>Draws each seed's picture undisturbed; whatever a cluster made after a fault would be no measure of it.</summary>
    public static async Task<IReadOnlyDictionary<ulong, string>> UndisturbedAsync(IPartiClient client, CancellationToken cancellationToken)
    {
        Dictionary<ulong, string> expected = [];
        for (ulong number = 0; number < Seeds; number++)
        {
            GenerationResult result = await client.GenerateAsync("a red circle", OptionsOf(number), cancellationToken);
            expected[number] = result.Images[0].Sha256;
            await client.GetJob(result.Job.Id).DeleteAsync(cancellationToken);
        }

        return expected;
    }

    /// <summary>Takes no new jobs and waits for those there are.</summary>
    public async Task FinishAsync(TimeSpan patience)
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(patience);
    }

    public ValueTask DisposeAsync()
    {
        _stop.Cancel();
        _stop.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task RunAsync(int number, Random random)
    {
        for (int count = 0; !_stop.IsCancellationRequested; count++)
        {
            await OneAsync($"load-{number}-{count}", (ulong)random.Next(Seeds));
        }
    }

    private async Task OneAsync(string id, ulong seed)
    {
        long from = Stopwatch.GetTimestamp();
        JobHandle? job = await SubmitAsync(id, seed);
        if (job is null)
        {
            return;
        }

        Interlocked.Increment(ref _accepted);
        try
        {
            GenerationResult result = await PatientAsync(() => job.GetResultAsync());
            await CheckAsync(id, seed, job, result);
            _done.Add(new(id, seed, Stopwatch.GetElapsedTime(from)));
        }
        catch (Exception exception)
        {
            _invariants.Check(Invariant.Ends, $"{id}: {exception.GetType().Name}: {exception.Message}");
        }
    }

    private async Task<JobHandle?> SubmitAsync(string id, ulong seed)
    {
        while (true)
        {
            try
            {
                return await _client.SubmitAsync((OptionsOf(seed)).ToRequest("a red circle"), id);
            }
            catch (PartiUnavailableException) when (!_stop.IsCancellationRequested)
            {
                // Whether it was accepted is unknown: the same id asks again.
                Interlocked.Increment(ref _refused);
            }
            catch (PartiUnavailableException)
            {
                await ForgetAsync(id);
                return null;
            }
        }
    }

    /// <summary>Whether a submit was accepted that nobody asks for again is unknown; this settles it.</summary>
    private async Task ForgetAsync(string id)
    {
        try
        {
            await PatientAsync(async () =>
            {
                await _client.GetJob(id).DeleteAsync();
                return true;
            });
        }
        catch (JobNotFoundException)
        {
            // It was not.
        }
    }

    private async Task CheckAsync(string id, ulong seed, JobHandle job, GenerationResult result)
    {
        _invariants.Check(Invariant.Bytes, result.Images[0].Sha256 == _expected[seed] ? null : $"{id}: other bytes than undisturbed");
        List<JobEvent> events = await PatientAsync(async () => await job.WatchAsync().ToListAsync());
        int ends = events.Count(entry => entry.Type is JobEventType.Succeeded or JobEventType.Failed or JobEventType.Canceled);
        bool once = ends == 1 && events.Zip(events.Skip(1)).All(pair => pair.Second.Seq > pair.First.Seq);
        _invariants.Check(Invariant.Ends, once ? null : $"{id}: {ends} ends, events {string.Join(' ', events.Select(entry => $"{entry.Seq}:{entry.Type}"))}");
    }

    private static GenerationOptions OptionsOf(ulong seed) => Options[seed % (ulong)Options.Length] with { Seed = seed };

    // The client gives up after some tries, as a person would; this one does not.
    private static async Task<T> PatientAsync<T>(Func<Task<T>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (PartiUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }
}
