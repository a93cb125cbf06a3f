using Parti.Abstractions;

namespace Parti.Client;

/// <summary>From a prompt to pictures by a job, over any transport.</summary>
internal static class Generation
{
    /// <summary>Submits, waits and reads; whoever gives up cancels the job.</summary>
    /// <param name="client">The transport.</param>
    /// <param name="prompt">Prompt.</param>
    /// <param name="options">Everything else of the request, and who is told of events.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels the job.</param>
    internal static async Task<GenerationResult> RunAsync(
        IPartiClient client, string prompt, GenerationOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        // Known before the submit is answered, so that a job whose fate is unknown can be canceled too.
        string id = JobKey.NewId(time);
        try
        {
            JobHandle handle = await client.SubmitAsync(options.ToRequest(prompt), id, cancellationToken);
            return await handle.GetResultAsync(options.OnEvent, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await CancelQuietlyAsync(client.GetJob(id));
            throw;
        }
    }

    private static async Task CancelQuietlyAsync(JobHandle handle)
    {
        try
        {
            await handle.CancelAsync(CancellationToken.None);
        }
        catch (PartiException)
        {
            // The job never came to be, or nobody is left to stop it.
        }
    }
}
