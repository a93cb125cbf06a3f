using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>
/// Takes leases from the stage queues while the device has room, and ends them.
/// Not thread-safe; lives on its grain's scheduler.
/// </summary>
internal sealed class LeaseTaker
{
    private readonly string _worker;
    private readonly IInferenceEngine _engine;
    private readonly IGrainFactory _grains;
    private readonly WorkInHand _hand;
    private readonly LeaseKeeper _keeper;
    private readonly Func<RunningWork, Task> _run;
    private readonly ForeignModels _foreign;
    private readonly int _generation;
    private readonly ILogger _logger;
    private readonly Dictionary<Stage, FeedLine> _lines;
    private readonly Dictionary<string, Feed> _feeds;

    /// <summary>Knows the queues of every model and stage that the device serves; asks none yet.</summary>
    /// <param name="worker">Key of the worker grain.</param>
    /// <param name="generation">Which start of the silo this is.</param>
    /// <param name="engine">The device's engine.</param>
    /// <param name="options">Which stages, how many items at once.</param>
    /// <param name="grains">Reaches the queues.</param>
    /// <param name="hand">Where leases are kept.</param>
    /// <param name="keeper">Tells a later queue of a lease that moved.</param>
    /// <param name="run">Works on a lease to its end; must not throw.</param>
    /// <param name="foreign">Told which models the queues refuse.</param>
    /// <param name="logger">Where failures are told.</param>
    internal LeaseTaker(
        string worker,
        int generation,
        IInferenceEngine engine,
        PartiGrainsOptions options,
        IGrainFactory grains,
        WorkInHand hand,
        LeaseKeeper keeper,
        Func<RunningWork, Task> run,
        ForeignModels foreign,
        ILogger logger)
    {
        (_worker, _generation, _engine, _grains, _hand) = (worker, generation, engine, grains, hand);
        (_keeper, _run, _foreign, _logger) = (keeper, run, foreign, logger);
        _lines = options.Stages.Distinct().ToDictionary(stage => stage, stage => FeedLine.Of(stage, engine, options));
        _feeds = _lines.Values.SelectMany(line => line.Feeds).ToDictionary(feed => feed.Key);
    }

    /// <summary>Queues that are asked.</summary>
    internal int Queues => _feeds.Count;

    /// <summary>Asks every queue.</summary>
    internal void PullAll()
    {
        foreach (Feed feed in _feeds.Values)
        {
            feed.MayHaveMore = true;
        }

        foreach (FeedLine line in _lines.Values)
        {
            _ = PullAsync(line);
        }
    }

    /// <summary>Asks one queue.</summary>
    internal void Pull(string queue)
    {
        if (_feeds.TryGetValue(queue, out Feed? feed))
        {
            feed.MayHaveMore = true;
            _ = PullAsync(feed.Line);
        }
    }

    /// <summary>Whether an image may stay in this worker's hands for a stage.</summary>
    internal bool Serves(Stage stage) => _lines.ContainsKey(stage);

    /// <summary>Takes a lease along to a later stage that this worker serves; the room of the one before is free at once.</summary>
    internal void Move(RunningWork work, Stage stage)
    {
        Feed before = work.Feed;
        work.Feed = _lines[stage].Feeds.First(feed => feed.Model == before.Model && feed.Partition == before.Partition);
        before.Line.InFlight--;
        work.Feed.Line.InFlight++;
        work.Moving = TellMovedAsync(work, before, work.Feed, work.Moving);
        _ = PullAsync(before.Line);
    }

    /// <summary>The later queue takes the lease over before the earlier one lets go, so that one of them always watches it.</summary>
    private async Task TellMovedAsync(RunningWork work, Feed from, Feed to, Task earlier)
    {
        await earlier;
        await _keeper.RenewAsync(to, [work.Lease]);
        from.Done.Add(work.Lease);
        await PullAsync(from.Line);
    }

    /// <summary>Asks the queues of a stage while there is room, and tells each in the same call what is done: under load a stage costs one call.</summary>
    private async Task PullAsync(FeedLine line)
    {
        if (line.Pulling)
        {
            line.PullAgain = true;
            return;
        }

        line.Pulling = true;
        do
        {
            line.PullAgain = false;
            foreach (Feed feed in line.Round())
            {
                bool asks = feed.MayHaveMore && line.Free > 0 && !_hand.Draining && CanServe(feed);
                await (asks ? LeaseAsync(feed, line.Free) : feed.Done.Count > 0 ? TellAsync(feed, QueueOf(feed).CompleteAsync) : Task.CompletedTask);
            }
        }
        while (line.PullAgain);
        line.Pulling = false;
    }

    // While shards are missing, images wait for a worker that is complete; the next poll asks again.
    private bool CanServe(Feed feed) => feed.Stage is not (Stage.Sample or Stage.Rerank) || _engine.CanSample(feed.Model);

    private async Task LeaseAsync(Feed feed, int free)
    {
        // A wake that comes meanwhile sets it again.
        feed.MayHaveMore = false;
        LeaseAnswer? answer = null;
        await TellAsync(feed, async done => answer = await QueueOf(feed).LeaseAsync(RequestFor(feed, free, done)));
        if (answer is null)
        {
            // Nobody answered: what the queue said last still holds.
            return;
        }

        _foreign.Note(feed, answer.ServedHash);
        feed.MayHaveMore |= answer.Leases.Count == free;
        foreach (WorkLease lease in answer.Leases)
        {
            feed.Line.InFlight++;
            RunningWork work = new(feed, lease);
            if (_hand.TryAdd(work))
            {
                _ = RunAsync(work);
                continue;
            }

            work.GiveBack = true;
            _ = EndAsync(work);
        }
    }

    private LeaseRequest RequestFor(Feed feed, int free, IReadOnlyList<WorkLease> done) => new(_worker, free)
    {
        Generation = _generation,
        Completed = done,
        ModelHash = _engine.Models[feed.Model].Hash,
    };

    private async Task TellAsync(Feed feed, Func<IReadOnlyList<WorkLease>, Task> call)
    {
        IReadOnlyList<WorkLease> done = feed.TakeDone();
        try
        {
            await call(done);
        }
        catch (Exception exception)
        {
            // What it may have granted expires; the next poll asks, and tells, again.
            feed.Done.AddRange(done);
            WorkerLog.PullFailed(_logger, _worker, feed.Key, exception);
        }
    }

    private async Task RunAsync(RunningWork work)
    {
        await _run(work);
        await EndAsync(work);
    }

    private async Task EndAsync(RunningWork work)
    {
        work.Feed.Line.InFlight--;
        work.Reporter = null;
        _hand.Remove(work);
        await work.Moving;
        if (work.GiveBack)
        {
            await ReturnAsync(work);
        }
        else
        {
            work.Feed.Done.Add(work.Lease);
        }

        // A queue that gave less than it was asked for wakes this worker by itself.
        _ = PullAsync(work.Feed.Line);
        work.Dispose();
    }

    private async Task ReturnAsync(RunningWork work)
    {
        try
        {
            await QueueOf(work.Feed).ReturnAsync(work.Lease);
        }
        catch (Exception exception)
        {
            // The lease expires by itself.
            WorkerLog.ReportFailed(_logger, _worker, work.Key, exception);
        }
    }

    private IStageQueueGrain QueueOf(Feed feed) => _grains.Find<IStageQueueGrain>(feed.Key);
}
