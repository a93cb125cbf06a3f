using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Parti.Abstractions;
using Parti.Grains.Storage;
using Parti.Grains.Webhooks;
using Parti.Grains.Workers;
using Parti.Inference;

namespace Parti.Grains.Jobs;

/// <summary>Takes a new job in: checked, places kept, record and catalog line written; only then does anyone hear of it.</summary>
/// <param name="key">Which job.</param>
/// <param name="ledger">Where the job is kept.</param>
/// <param name="recorder">Writes the record.</param>
/// <param name="queues">Keep the places.</param>
/// <param name="effects">Carries out what follows.</param>
/// <param name="catalog">The job's partition of the catalog.</param>
/// <param name="models">The models that jobs may name.</param>
/// <param name="webhooks">Says whether the end can be told.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where failures are told.</param>
internal sealed class JobAcceptance(
    JobKey key,
    JobLedger ledger,
    JobRecorder recorder,
    JobQueues queues,
    JobEffects effects,
    IJobCatalogGrain catalog,
    IModelRegistry models,
    IWebhookSender webhooks,
    TimeProvider time,
    ILogger logger)
{
    // Who submits waits no longer, and asks again.
    private static readonly TimeSpan CallerPatience = TimeSpan.FromSeconds(2);

    private Task<SubmitAnswer>? _accepting;

    /// <summary>Decides a request: accepted, accepted before, or why not.</summary>
    internal async Task<SubmitAnswer> SubmitAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        JobRecord? fresh = ledger.Current;
        QueuePlace? place = null;
        if (fresh is null)
        {
            IReadOnlyList<ModelDescription> served = await models.GetModelsAsync(cancellationToken);
            IReadOnlyList<RequestProblem> problems = GenerationRequestValidator.Validate(request, ParameterResolver.LimitsOf(served));
            if (request.Webhook is not null && !webhooks.CanSign(key.Tenant))
            {
                problems = [.. problems, new("webhook", "webhook cannot be signed: the server has no secret for it; leave it out, or have Parti:Webhooks:Secret set.")];
            }

            if (problems.Count > 0)
            {
                return new() { Outcome = SubmitOutcome.Invalid, Problems = problems };
            }

            fresh = ParameterResolver.NewJob(key, request, served, ledger.Now);
            AdmitAnswer admitted = await queues.AdmitAsync(fresh);
            if (!admitted.Admitted)
            {
                return new() { Outcome = SubmitOutcome.Busy, RetryAfterMs = admitted.RetryAfterMs };
            }

            place = admitted.Place;
        }

        // Another submit may have come first while this one waited: then the machine says duplicate or conflict.
        Transition transition = ledger.Decide(new JobCommand.Submit(fresh with { Request = request }));
        switch (transition.Decision)
        {
            case Decision.Conflict:
                return new() { Outcome = SubmitOutcome.Conflict, Job = await queues.DescribeAsync(ledger.Current!) };
            case Decision.Done:
                return await (_accepting = AcceptAsync(transition, place));
            default:
                // A repeated submit shares the fate of the first one, and never endangers a job that was accepted.
                return _accepting is { IsCompleted: false } first ? await first : await AcceptedAsync(transition.Job!);
        }
    }

    private async Task<SubmitAnswer> AcceptAsync(Transition transition, QueuePlace? place)
    {
        JobRecord job = transition.Job!;
        Task written = recorder.WriteAsync();
        try
        {
            await ledger.ShowAfterAsync(Task.WhenAll(CallAgain.RunAsync(() => catalog.AddAsync(JobProjection.ToSummary(job)), time, CallerPatience), written));
        }
        catch (Exception exception) when (written.Exception?.InnerException is not InconsistentStateException)
        {
            JobLog.WriteFailed(logger, key, exception);
            await WithdrawAsync(job);
            return new() { Outcome = SubmitOutcome.Unavailable, Error = ToError(exception) };
        }

        effects.Run(transition, job.Model);
        return new() { Outcome = SubmitOutcome.Accepted, Job = JobProjection.ToSnapshot(job, ledger.Now, place, place) };
    }

    private async Task<SubmitAnswer> AcceptedAsync(JobRecord job) =>
        new() { Outcome = SubmitOutcome.Accepted, Job = await queues.DescribeAsync(job) };

    private async Task WithdrawAsync(JobRecord job)
    {
        ledger.Withdraw();
        effects.Run(queues.LeaveAsync(job.Model, Stage.Sample));
        try
        {
            await recorder.WriteAsync();
            if (ledger.Current is null)
            {
                await catalog.RemoveAsync(key);
            }
        }
        catch (Exception exception)
        {
            // The sweep removes the line of a job that has no record.
            JobLog.WriteFailed(logger, key, exception);
        }
    }

    private static JobError ToError(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is ResultStoreException store)
            {
                return new(store.Code, store.Message);
            }
        }

        return new("storage_failed", $"The job could not be stored: {exception.Message}");
    }
}
