using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Grains.Webhooks;

namespace Parti.Grains.Jobs;

/// <summary>
/// Tells the end of a job to the address that its request names, again after growing pauses until it is taken. What is due is
/// part of the job's record: the sweep wakes a job that still owes it. Lives on its grain's scheduler.
/// </summary>
/// <param name="grain">Whose timers.</param>
/// <param name="ledger">The job.</param>
/// <param name="effects">Carries out what follows.</param>
/// <param name="sender">Reaches the address.</param>
/// <param name="logger">Where failures are told.</param>
internal sealed class JobWebhook(IGrainBase grain, JobLedger ledger, JobEffects effects, IWebhookSender sender, ILogger logger)
{
    private IGrainTimer? _timer;

    /// <summary>Sets the clock for the next try, if one is due and none is set.</summary>
    internal void Arm()
    {
        if (_timer is null && ledger.Current is { Webhook.NextAt: { } at })
        {
            TimeSpan due = at - ledger.Now;
            _timer = grain.RegisterGrainTimer(TryAsync, new GrainTimerCreationOptions(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan) { Interleave = true });
        }
    }

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            JobLog.EffectFailed(logger, ledger.Current?.Key ?? default, exception);
        }
        finally
        {
            _timer?.Dispose();
            _timer = null;
        }

        Arm();
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        if (ledger.Current is not { Webhook: { NextAt: not null } webhook } job)
        {
            return;
        }

        JobSnapshot snapshot = JobLinks.Link(JobProjection.ToSnapshot(job, ledger.Now, null));
        WebhookAnswer answer = await sender.SendAsync(new(webhook.MessageId, job.Key.Tenant, job.Request.Webhook!, snapshot), cancellationToken);
        int attempt = webhook.Attempts + 1;
        DateTimeOffset? next = answer.Error is not null && !answer.IsFinal && sender.DelayAfter(attempt) is { } delay ? ledger.Now + delay : null;
        await effects.FinishAsync(ledger.Decide(new JobCommand.WebhookTried(webhook.MessageId, attempt, answer.Status, answer.Error, next)));
    }
}
