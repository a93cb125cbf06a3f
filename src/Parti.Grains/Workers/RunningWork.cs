using Parti.Abstractions;

namespace Parti.Grains.Workers;

/// <summary>A stage queue that a worker takes leases from.</summary>
/// <param name="key">Key of the queue grain.</param>
/// <param name="model">Model name.</param>
/// <param name="stage">Stage.</param>
internal sealed class Feed(string key, string model, Stage stage)
{
    internal string Key { get; } = key;

    internal string Model { get; } = model;

    internal Stage Stage { get; } = stage;

    /// <summary>Items of this queue in hand or asked for.</summary>
    internal int InFlight { get; set; }

    internal bool Pulling { get; set; }

    /// <summary>Whether the queue may hold more than was taken, and so does not know that this worker waits.</summary>
    internal bool MayHaveMore { get; set; }

    /// <summary>Something arrived while a pull was on its way.</summary>
    internal bool PullAgain { get; set; }
}

/// <summary>One lease in hand.</summary>
/// <param name="feed">Where it came from.</param>
/// <param name="lease">The lease.</param>
internal sealed class RunningWork(Feed feed, WorkLease lease) : IDisposable
{
    internal Feed Feed { get; } = feed;

    internal WorkLease Lease { get; } = lease;

    internal Stage Stage => Feed.Stage;

    internal WorkKey Key => Lease.Item.Key;

    internal CancellationTokenSource Stop { get; } = new();

    /// <summary>Set while sampling.</summary>
    internal TokenReporter? Reporter { get; set; }

    /// <summary>The report on its way, if any.</summary>
    internal Task Reporting { get; set; } = Task.CompletedTask;

    /// <summary>Whether a stop means that another worker goes on.</summary>
    internal bool HandOver { get; set; }

    /// <summary>Whether the item goes back to the queue when this work ends.</summary>
    internal bool GiveBack { get; set; }

    public void Dispose() => Stop.Dispose();
}
