namespace Parti.Abstractions;

/// <summary>Drains workers to the end.</summary>
public static class WorkerDrain
{
    // Handing over takes a few calls; a worker that cannot make them loses its leases.
    private static readonly TimeSpan HandOverAllowance = TimeSpan.FromSeconds(10);

    /// <summary>Asks a worker to drain until it has nothing in hand any more.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="budget">How long images may go on from now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops waiting; the worker goes on.</param>
    /// <exception cref="TimeoutException">It still had something in hand some seconds after the budget was spent.</exception>
    public static async Task DrainFullyAsync(this IWorkerGrain worker, TimeSpan budget, TimeProvider time, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(time);
        long from = time.GetTimestamp();
        while (!await worker.DrainAsync(Left(budget, time.GetElapsedTime(from))).WaitAsync(cancellationToken))
        {
            if (time.GetElapsedTime(from) > budget + HandOverAllowance)
            {
                throw new TimeoutException($"Worker {worker.GetPrimaryKeyString()} still has work in hand {HandOverAllowance.TotalSeconds} s after its budget of {budget.TotalSeconds} s.");
            }
        }
    }

    private static TimeSpan Left(TimeSpan budget, TimeSpan elapsed) => budget > elapsed ? budget - elapsed : TimeSpan.Zero;
}
