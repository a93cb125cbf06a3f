namespace Parti.Grains;

/// <summary>Repeats idempotent calls between grains whose fate is unknown: the silo of the other one may just have gone.</summary>
internal static class CallAgain
{
    private const int Tries = 6;

    /// <summary>Makes a call until it is answered, a few times at most.</summary>
    internal static async Task<T> RunAsync<T>(Func<Task<T>> call, TimeProvider time)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (Exception exception) when (attempt < Tries && (exception is TimeoutException or OrleansException))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20 << attempt), time);
            }
        }
    }

    /// <summary>The same for a call without an answer.</summary>
    internal static Task RunAsync(Func<Task> call, TimeProvider time) => RunAsync(
        async () =>
        {
            await call();
            return true;
        },
        time);
}
