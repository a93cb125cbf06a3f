using Orleans.Runtime.Messaging;

namespace Parti.Client;

/// <summary>
/// Repeats idempotent calls whose fate is unknown. A call that meets a silo's death is refused at once or answered by nobody, until the
/// others know of the death: patience is time, not a number of tries.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="patience">How long a call may fail before it is given up.</param>
internal sealed class CallPolicy(TimeProvider time, TimeSpan patience)
{
    private const int FirstPause = 50;
    private const int LongestPause = 1000;

    private TimeProvider Time => time;

    private TimeSpan Patience => patience;

    /// <summary>Makes a call until it is answered.</summary>
    /// <exception cref="PartiUnavailableException">No silo answers.</exception>
    internal async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        Failures failures = new(this);
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception exception) when (IsTransient(exception, cancellationToken))
            {
                await failures.BackOffAsync(exception, cancellationToken);
            }
        }
    }

    /// <summary>Whether the same call may succeed a moment later. A silo that cannot place a call in time answers that it is canceled, which its caller did not do.</summary>
    internal static bool IsTransient(Exception exception, CancellationToken cancellationToken) =>
        (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested) || exception
        is TimeoutException
        or SiloUnavailableException
        or OrleansMessageRejectionException
        or ConnectionFailedException
        or Orleans.Storage.InconsistentStateException;

    /// <summary>Failures in a row.</summary>
    /// <param name="policy">How many are borne.</param>
    internal sealed class Failures(CallPolicy policy)
    {
        private int _count;
        private long _first;

        /// <summary>A call was answered.</summary>
        internal void End() => _count = 0;

        /// <summary>Waits before the next try, or gives up.</summary>
        /// <exception cref="PartiUnavailableException">Patience is at its end.</exception>
        internal async Task BackOffAsync(Exception exception, CancellationToken cancellationToken)
        {
            if (_count++ == 0)
            {
                _first = policy.Time.GetTimestamp();
            }

            if (policy.Time.GetElapsedTime(_first) >= policy.Patience)
            {
                throw new PartiUnavailableException("unreachable", $"No silo answers ({exception.Message}); check that the cluster runs and try again.", exception);
            }

            int pause = Math.Min(FirstPause << Math.Min(_count, 5), LongestPause);
            await Task.Delay(TimeSpan.FromMilliseconds(pause), policy.Time, cancellationToken);
        }
    }
}
