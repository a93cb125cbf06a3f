using Parti.Abstractions;
using Parti.Grains.Placement;

namespace Parti.Grains.Catalog;

/// <summary>Remembers announcements for a while. In memory: after a loss the workers announce themselves again.</summary>
/// <param name="time">The clock.</param>
[ControlGrain]
public sealed class WorkerDirectoryGrain(TimeProvider time) : Grain, IWorkerDirectoryGrain
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(15);
    private readonly Dictionary<string, (WorkerSnapshot Worker, DateTimeOffset At)> _workers = [];

    /// <inheritdoc/>
    public Task AnnounceAsync(WorkerSnapshot worker)
    {
        ArgumentNullException.ThrowIfNull(worker);
        _workers[worker.Id] = (worker, time.GetUtcNow());
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task LeaveAsync(string worker)
    {
        _workers.Remove(worker);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<WorkerSnapshot>> ListAsync()
    {
        DateTimeOffset oldest = time.GetUtcNow() - Life;
        foreach (string gone in _workers.Where(pair => pair.Value.At < oldest).Select(pair => pair.Key).ToList())
        {
            _workers.Remove(gone);
        }

        return Task.FromResult<IReadOnlyList<WorkerSnapshot>>([.. _workers.Values.Select(entry => entry.Worker).OrderBy(worker => worker.Id, StringComparer.Ordinal)]);
    }
}
