using Parti.Abstractions;

namespace Parti.Grains.Workers;

/// <summary>One lease in hand. It may follow its image through the stages that this worker serves.</summary>
/// <param name="feed">Where it came from.</param>
/// <param name="lease">The lease.</param>
internal sealed class RunningWork(Feed feed, WorkLease lease) : IDisposable
{
    /// <summary>The queue that holds the lease now.</summary>
    internal Feed Feed { get; set; } = feed;

    /// <summary>The stage at which the lease was granted.</summary>
    internal Stage GrantedAt { get; } = feed.Stage;

    internal WorkLease Lease { get; } = lease;

    internal Stage Stage => Feed.Stage;

    internal WorkKey Key => Lease.Item.Key;

    internal CancellationTokenSource Stop { get; } = new();

    /// <summary>Set while sampling.</summary>
    internal TokenReporter? Reporter { get; set; }

    /// <summary>The report on its way, if any.</summary>
    internal Task Reporting { get; set; } = Task.CompletedTask;

    /// <summary>The queues' change of hands on its way, if any.</summary>
    internal Task Moving { get; set; } = Task.CompletedTask;

    /// <summary>Whether a stop means that another worker goes on.</summary>
    internal bool HandOver { get; set; }

    /// <summary>Whether the item goes back to the queue when this work ends.</summary>
    internal bool GiveBack { get; set; }

    public void Dispose() => Stop.Dispose();
}
