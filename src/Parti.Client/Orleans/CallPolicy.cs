using Orleans.Runtime.Messaging;

namespace Parti.Client;

/// <summary>Repeats idempotent calls whose fate is unknown.</summary>
internal static class CallPolicy
{
    private const int Tries = 6;

    /// <summary>Makes a call until it is answered.</summary>
    /// <exception cref="PartiUnavailableException">No silo answers.</exception>
    internal static async Task<T> CallAsync<T>(Func<Task<T>> call, TimeProvider time, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (Exception exception) when (IsTransient(exception))
            {
                await BackOffAsync(attempt, exception, time, cancellationToken);
            }
        }
    }

    /// <summary>Waits before the next try, or gives up.</summary>
    internal static async Task BackOffAsync(int attempt, Exception exception, TimeProvider time, CancellationToken cancellationToken)
    {
        if (attempt >= Tries)
        {
            throw new PartiUnavailableException("unreachable", $"No silo answers ({exception.Message}); check that the cluster runs and try again.", exception);
        }

        await Task.Delay(TimeSpan.FromMilliseconds(50 << attempt), time, cancellationToken);
    }

    /// <summary>Whether the same call may succeed a moment later.</summary>
    internal static bool IsTransient(Exception exception) => exception
        is TimeoutException
        or SiloUnavailableException
        or OrleansMessageRejectionException
        or ConnectionFailedException
        or Orleans.Storage.InconsistentStateException;
}
