using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>One partition of a stage's queue, as a worker sees it.</summary>
/// <param name="line">The stage it is part of.</param>
/// <param name="model">Model name.</param>
/// <param name="partition">Which partition.</param>
internal sealed class Feed(FeedLine line, string model, int partition)
{
    internal string Key { get; } = StageQueueKey.For(model, line.Stage, partition);

    internal FeedLine Line { get; } = line;

    internal string Model { get; } = model;

    internal int Partition { get; } = partition;

    internal Stage Stage => Line.Stage;

    /// <summary>Whether the queue may hold more than was taken, and so does not know that this worker waits.</summary>
    internal bool MayHaveMore { get; set; } = true;

    /// <summary>Leases whose work is done, which the queue does not know yet.</summary>
    internal List<WorkLease> Done { get; } = [];

    /// <summary>Takes what the queue is told with the next call.</summary>
    internal IReadOnlyList<WorkLease> TakeDone()
    {
        WorkLease[] done = [.. Done];
        Done.Clear();
        return done;
    }
}

/// <summary>All queues of one stage: they share what room the device has for it.</summary>
/// <param name="stage">Stage.</param>
/// <param name="room">Most items at once.</param>
internal sealed class FeedLine(Stage stage, int room)
{
    private int _next;

    internal Stage Stage { get; } = stage;

    internal List<Feed> Feeds { get; } = [];

    /// <summary>Items of this stage in hand.</summary>
    internal int InFlight { get; set; }

    /// <summary>Items that there is room for; below 0 where images came on from the stage before.</summary>
    internal int Free => room - InFlight;

    internal bool Pulling { get; set; }

    /// <summary>Something happened while a pull was on its way.</summary>
    internal bool PullAgain { get; set; }

    /// <summary>The queues of one stage of all models that an engine serves.</summary>
    internal static FeedLine Of(Stage stage, IInferenceEngine engine, PartiGrainsOptions options)
    {
        FeedLine line = new(stage, stage == Stage.Sample ? engine.Slots : options.SmallBatch);
        line.Feeds.AddRange(engine.Models.Keys.SelectMany(model => Enumerable.Range(0, options.QueuePartitions).Select(part => new Feed(line, model, part))));
        return line;
    }

    /// <summary>The queues once around; each round begins at another one, so that none comes last for ever.</summary>
    internal IEnumerable<Feed> Round()
    {
        _next = (_next + 1) % Feeds.Count;
        return Feeds.Skip(_next).Concat(Feeds.Take(_next)).ToArray();
    }
}
