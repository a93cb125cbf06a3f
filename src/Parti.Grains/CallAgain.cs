namespace Parti.Grains;

/// <summary>Repeats idempotent calls between grains whose fate is unknown: the silo of the other one may just have gone.</summary>
internal static class CallAgain
{
    // Until the others know of a silo's death its grains are nowhere; that takes the time of some missed probes.
    internal static readonly TimeSpan UntilADeathIsKnown = TimeSpan.FromSeconds(30);
    private const int FirstPause = 20;
    private const int LongestPause = 1000;

    /// <summary>Makes a call until it is answered.</summary>
    /// <param name="call">The call.</param>
    /// <param name="time">The clock.</param>
    /// <param name="patience">When to give up.</param>
    internal static async Task<T> RunAsync<T>(Func<Task<T>> call, TimeProvider time, TimeSpan patience)
    {
        long from = time.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (Exception exception) when (IsUnknown(exception) && time.GetElapsedTime(from) < patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(FirstPause << Math.Min(attempt, 6), LongestPause)), time);
            }
        }
    }

    /// <summary>Whether nobody can say what became of a call. A silo that cannot place a call in time answers that it is canceled, which its caller did not do.</summary>
    /// <param name="exception">What came in place of an answer.</param>
    /// <param name="cancellationToken">The one that the call was given.</param>
    internal static bool IsUnknown(Exception exception, CancellationToken cancellationToken = default) =>
        exception is TimeoutException or OrleansException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    /// <summary>The same for a call without an answer.</summary>
    internal static Task RunAsync(Func<Task> call, TimeProvider time, TimeSpan patience) => RunAsync(
        async () =>
        {
            await call();
            return true;
        },
        time,
        patience);
}
