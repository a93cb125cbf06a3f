using Parti.Abstractions;

namespace Parti.Grains.Tests.Model;

/// <summary>
/// A worker that follows the product's protocol: lease, start, report while it works, stay with the image through the next stage,
/// store, report, complete. It can die, come back under its name, or stand still for long and wake with leases that others have.
/// </summary>
internal sealed class ModelWorker
{
    private const int Chunk = 32;
    private static readonly Stage[] Stages = [Stage.Encode, Stage.Sample, Stage.Detokenize];
    private readonly VirtualWorld _world;
    private readonly ModelQueues _queues;
    private readonly ModelJob _job;
    private readonly ModelStore _store;
    private readonly Dictionary<(WorkKey, long), (Stage Stage, WorkLease Lease)> _hand = [];
    private readonly HashSet<(WorkKey, long)> _stopped = [];
    private int _life;
    private TimeSpan _frozenUntil;
    private bool _hasText;

    internal ModelWorker(string name, VirtualWorld world, ModelQueues queues, ModelJob job, ModelStore store)
    {
        (Name, _world, _queues, _job, _store) = (name, world, queues, job, store);
        Begin();
    }

    internal string Name { get; }

    /// <summary>Dies and comes back with nothing in hand.</summary>
    internal void Restart()
    {
        _life++;
        _hand.Clear();
        _hasText = false;
        Begin();
    }

    /// <summary>Stands still and then goes on as if nothing had been.</summary>
    internal void Freeze(TimeSpan duration) => _frozenUntil = _world.Now + duration;

    internal bool Holds(WorkKey key, long epoch) => _hand.ContainsKey((key, epoch));

    internal void Stop(WorkKey key, long epoch) => _stopped.Add((key, epoch));

    private void Begin()
    {
        int life = _life;
        foreach (Stage stage in Stages)
        {
            _world.Run(() => PullAsync(stage, life));
        }

        _world.Run(() => RenewAsync(life));
    }

    private async Task PullAsync(Stage stage, int life)
    {
        while (true)
        {
            try
            {
                IReadOnlyList<WorkLease> leases = _hand.Count < 2 ? await CallAsync(() => _queues.Lease(stage, Name, 1), life) : [];
                foreach (WorkLease lease in leases)
                {
                    if (_hand.TryAdd((lease.Item.Key, lease.Epoch), (stage, lease)))
                    {
                        _world.Run(() => WorkAsync(stage, lease, life));
                    }
                }
            }
            catch (TimeoutException)
            {
                // Asked again.
            }

            await DelayAsync(1000, life);
        }
    }

    private async Task RenewAsync(int life)
    {
        while (true)
        {
            await DelayAsync((int)ModelQueues.LeaseDuration.TotalMilliseconds / 3, life);
            foreach ((Stage stage, WorkLease lease) in _hand.Values.ToArray())
            {
                try
                {
                    if ((await CallAsync(() => _queues[stage].Renew([lease]), life)).Count > 0)
                    {
                        _stopped.Add((lease.Item.Key, lease.Epoch));
                    }
                }
                catch (TimeoutException)
                {
                    // The fence decides.
                }
            }
        }
    }

    private async Task WorkAsync(Stage stage, WorkLease lease, int life)
    {
        try
        {
            WorkStart start = new(stage, lease.Item.Key.Image, lease.Epoch, Name, _hasText);
            WorkStartAnswer answer = await CallAsync(() => _job.Start(start), life);
            if (answer.Outcome == WorkOutcome.Go)
            {
                await (stage switch
                {
                    Stage.Encode => EncodeAsync(lease, life),
                    Stage.Sample => SampleAsync(lease, answer.Input!.Tokens, life),
                    _ => StoreAsync(lease, life),
                });
            }
        }
        catch (TimeoutException)
        {
            // The lease ends by itself.
        }

        if (_life == life && _hand.Remove((lease.Item.Key, lease.Epoch), out (Stage Stage, WorkLease Lease) held))
        {
            await CallAsync(() => Complete(held.Stage, lease), life);
        }
    }

    private async Task EncodeAsync(WorkLease lease, int life)
    {
        await DelayAsync(_world.Random.Next(500), life);
        _hasText = true;
        await ReportAsync(lease, Stage.Encode, new EncodedReport { Text = new([1], 1, null, 0, 0) }, life);
    }

    private async Task SampleAsync(WorkLease lease, int[] kept, int life)
    {
        int image = lease.Item.Key.Image;
        for (int position = kept.Length; position < ModelJob.TokensTotal; position = Math.Min(position + Chunk, ModelJob.TokensTotal))
        {
            await DelayAsync(_world.Random.Next(2000), life);
            int end = Math.Min(position + Chunk, ModelJob.TokensTotal);
            int from = position;
            bool complete = end == ModelJob.TokensTotal;
            WorkOutcome outcome = await ReportAsync(lease, Stage.Sample, Tokens(image, from, end, complete), life);
            outcome = outcome == WorkOutcome.NotReady ? await ReportAsync(lease, Stage.Sample, Tokens(image, 0, end, complete), life) : outcome;
            if (outcome != WorkOutcome.Go || _stopped.Contains((lease.Item.Key, lease.Epoch)))
            {
                return;
            }
        }

        // The image stays here: the next queue takes the lease over, then the first one lets go.
        _hand[(lease.Item.Key, lease.Epoch)] = (Stage.Detokenize, lease);
        await CallAsync(() => _queues[Stage.Detokenize].Renew([lease]), life);
        await CallAsync(() => Complete(Stage.Sample, lease), life);
        await StoreAsync(lease, life);
    }

    private async Task StoreAsync(WorkLease lease, int life)
    {
        await DelayAsync(_world.Random.Next(500), life);
        int image = lease.Item.Key.Image;
        string path = _store.Put(image, Name);
        await ReportAsync(lease, Stage.Detokenize, new StoredReport { Url = path, Sha256 = $"content of {image}", Width = 8, Height = 8, StoreMs = 1 }, life);
    }

    private static TokensReport Tokens(int image, int from, int end, bool complete) => new()
    {
        Position = from, Tokens = [.. Enumerable.Range(from, end - from).Select(position => TokenAt(image, position))], Complete = complete, Continues = complete,
    };

    internal static int TokenAt(int image, int position) => (1000 * image) + position;

    private Task<WorkOutcome> ReportAsync(WorkLease lease, Stage stage, WorkReport report, int life)
    {
        WorkReport signed = report with { Stage = stage, Image = lease.Item.Key.Image, Epoch = lease.Epoch, Worker = Name };
        return CallAsync(() => _job.Report(signed), life);
    }

    private bool Complete(Stage stage, WorkLease lease)
    {
        _queues[stage].Complete(lease);
        return true;
    }

    private async Task<T> CallAsync<T>(Func<T> serve, int life)
    {
        T answer = await _world.CallAsync(serve);
        await AwakeAsync(life);
        return answer;
    }

    private async Task DelayAsync(int milliseconds, int life)
    {
        await _world.Delay(TimeSpan.FromMilliseconds(milliseconds));
        await AwakeAsync(life);
    }

    private async Task AwakeAsync(int life)
    {
        while (_frozenUntil > _world.Now)
        {
            await _world.Delay(_frozenUntil - _world.Now);
        }

        if (_life != life)
        {
            throw new WorkerGoneException();
        }
    }
}

/// <summary>Pictures by name; what has a name is never replaced.</summary>
internal sealed class ModelStore
{
    private readonly Dictionary<string, string> _writers = [];

    internal string Put(int image, string writer)
    {
        string path = $"jobs/{image}";
        _writers.TryAdd(path, writer);
        return path;
    }
}
