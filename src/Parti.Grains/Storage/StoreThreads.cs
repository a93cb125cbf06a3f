using System.Collections.Concurrent;

namespace Parti.Grains.Storage;

/// <summary>
/// Threads of the stores' own. A flush holds its thread until the disk has answered; on the shared pool a handful of them at a time
/// would keep calls and requests waiting that need no disk at all.
/// </summary>
internal sealed class StoreThreads : TaskScheduler
{
    // Flushes that wait together are one transaction of most file systems, so some more than a disk does at once.
    private const int Threads = 16;

    private static readonly StoreThreads Shared = new();

    private readonly BlockingCollection<Task> _tasks = [];

    private StoreThreads()
    {
        for (int i = 0; i < Threads; i++)
        {
            new Thread(Work) { IsBackground = true, Name = $"parti-store-{i}" }.Start();
        }
    }

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => Threads;

    /// <summary>Runs work that blocks.</summary>
    internal static Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken = default) =>
        Task.Factory.StartNew(work, cancellationToken, TaskCreationOptions.DenyChildAttach, Shared);

    /// <summary>Runs work that blocks and, between its blocking parts, awaits; it stays on these threads.</summary>
    internal static Task RunAsync(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, Shared).Unwrap();

    /// <inheritdoc/>
    protected override void QueueTask(Task task) => _tasks.Add(task);

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        Current == this && !taskWasPreviouslyQueued && TryExecuteTask(task);

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => _tasks.ToArray();

    private void Work()
    {
        foreach (Task task in _tasks.GetConsumingEnumerable())
        {
            TryExecuteTask(task);
        }
    }
}
