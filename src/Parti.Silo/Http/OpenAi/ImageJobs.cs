using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Storage;
using Parti.Silo.Http.Jobs;
using Parti.Silo.Http.Security;
using Parti.Silo.Http.Tenants;

namespace Parti.Silo.Http.OpenAi;

/// <summary>Carries a request from its job to its answer. A client that goes away cancels its job.</summary>
/// <param name="clients">Whose jobs a request may make.</param>
/// <param name="tenants">Whose a request is.</param>
/// <param name="retries">Recognises requests made again.</param>
/// <param name="results">Where sources are stored.</param>
/// <param name="answers">Writes answers.</param>
/// <param name="streams">Writes streams.</param>
/// <param name="orders">What orders meet.</param>
internal sealed class ImageJobs(
    TenantClients clients, ITenantOf tenants, RetryLedger retries, IResultStore results, ImageAnswers answers, ImageStreams streams, OrderRules orders)
{
    private const string RetryCount = "X-Stainless-Retry-Count";

    /// <summary>Makes the pictures and answers.</summary>
    internal async Task<IResult> RunAsync(HttpContext context, ImageCall call)
    {
        string tenant = tenants.Get(context);
        bool isRetry = int.TryParse(context.Request.Headers[RetryCount], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0;
        using RetryClaim claim = await retries.ClaimAsync($"{tenant}{context.Request.Path}:{call.Fingerprint}", isRetry, context.RequestAborted);
        string? named = SubmitHeaders.JobId(context.Request);
        JobKey key = new(tenant, named ?? claim.JobId);
        if (named is null && !claim.TakesUp)
        {
            orders.RefuseWhereFull(key, await orders.ReadAsync(call.Request, context.RequestAborted));
        }

        JobHandle job = await SubmitAsync(context, call, key);

        // From here on another try would be another job: failures of this one are its own.
        context.Response.Headers["x-should-retry"] = "false";
        context.Response.Headers["x-parti-job-id"] = job.Id;
        try
        {
            await ReviveAsync(job, context.RequestAborted);
            IResult answer = call.Stream ? await streams.WriteAsync(context, job, call) : await answers.WaitAsync(context, job, call);
            await answer.ExecuteAsync(context);
            context.RequestAborted.ThrowIfCancellationRequested();
            return Results.Empty;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            claim.Abandon();
            await CancelQuietlyAsync(job);
            throw;
        }
    }

    private async Task<JobHandle> SubmitAsync(HttpContext context, ImageCall call, JobKey key)
    {
        GenerationRequest request = call.Request;
        if (call.SourceFile is { } file)
        {
            string sha256 = Convert.ToHexStringLower(SHA256.HashData(file));
            request = request with { Source = request.Source! with { Sha256 = sha256 } };
            await results.PutAsync(ResultPaths.Source(key, sha256), file, context.RequestAborted);
        }

        try
        {
            return await clients.For(context).SubmitAsync(request, key.Id, context.RequestAborted);
        }
        catch (PartiException refused) when (call.SourceFile is not null && refused is PartiBusyException or InvalidRequestException or QuotaExceededException)
        {
            await RemoveSourceAsync(clients.For(context).GetJob(key.Id), key);
            throw;
        }
    }

    /// <summary>Removes a source that no job reads. A quota refuses repeats too, whose job needs it.</summary>
    private async Task RemoveSourceAsync(JobHandle job, JobKey key)
    {
        try
        {
            await job.DescribeAsync(CancellationToken.None);
        }
        catch (JobNotFoundException)
        {
            await results.DeleteAsync(ResultPaths.SourceFolder(key), CancellationToken.None);
        }
    }

    /// <summary>A job that was canceled because its client went away goes on when that client is back.</summary>
    private static async Task ReviveAsync(JobHandle job, CancellationToken cancellationToken)
    {
        if ((job.Accepted ?? await job.DescribeAsync(cancellationToken)).State == JobState.Canceled)
        {
            await job.RetryAsync(cancellationToken);
        }
    }

    private static async Task CancelQuietlyAsync(JobHandle job)
    {
        try
        {
            await job.CancelAsync(CancellationToken.None);
        }
        catch (PartiException)
        {
            // Nobody is left to tell; the job ends by itself.
        }
    }
}
