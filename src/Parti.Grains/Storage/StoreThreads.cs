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

    // A monitor lets threads that wait sleep at once; a blocking collection has each spin first, which costs as much as a small file.
    private readonly Queue<Task> _tasks = [];

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
    protected override void QueueTask(Task task)
    {
        lock (_tasks)
        {
            _tasks.Enqueue(task);
            Monitor.Pulse(_tasks);
        }
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        Current == this && !taskWasPreviouslyQueued && TryExecuteTask(task);

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_tasks)
        {
            return _tasks.ToArray();
        }
    }

    private void Work()
    {
        while (true)
        {
            TryExecuteTask(Take());
        }
    }

    private Task Take()
    {
        lock (_tasks)
        {
            while (_tasks.Count == 0)
            {
                Monitor.Wait(_tasks);
            }

            return _tasks.Dequeue();
        }
    }
}
