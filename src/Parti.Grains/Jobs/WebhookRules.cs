using Parti.Abstractions;
using static Parti.Grains.Jobs.JobEffect;

namespace Parti.Grains.Jobs;

/// <summary>The rules of <see cref="JobStateMachine"/> about telling a job's end.</summary>
internal static class WebhookRules
{
    /// <summary>A job that ends with this transition has to tell of it, where it was asked to.</summary>
    internal static Transition AfterEnd(JobRecord? before, Transition transition, DateTimeOffset now)
    {
        bool ends = transition.Job is { Request.Webhook: not null } job && job.State.IsTerminal() && before?.State.IsTerminal() == false;
        return ends
            ? transition with { Job = transition.Job! with { Webhook = new() { MessageId = $"{transition.Job.Key.Id}-{transition.Job.Version}", NextAt = now } } }
            : transition;
    }

    /// <summary>A try is over.</summary>
    internal static Transition Tried(JobRecord job, JobCommand.WebhookTried tried)
    {
        if (job.Webhook is not { NextAt: not null } webhook || webhook.MessageId != tried.MessageId || webhook.Attempts + 1 != tried.Attempt)
        {
            return JobTransitions.Keep(job, Decision.Stale);
        }

        JobRecord told = job with
        {
            Webhook = webhook with { Attempts = tried.Attempt, Delivered = tried.Error is null, LastStatus = tried.Status, LastError = tried.Error, NextAt = tried.Error is null ? null : tried.NextAt },
            Version = job.Version + 1,
        };
        return new(told, Decision.Done, Durability.Eager, told.Webhook.NextAt is null ? [new UpdateCatalog()] : []);
    }

    /// <summary>What callers see.</summary>
    internal static WebhookSnapshot? ToSnapshot(JobRecord job) => job.Request.Webhook is not { } url ? null : new()
    {
        Url = url,
        State = job.Webhook switch
        {
            null => WebhookState.Waiting,
            { Delivered: true } => WebhookState.Delivered,
            { NextAt: null } => WebhookState.Failed,
            _ => WebhookState.Pending,
        },
        Attempts = job.Webhook?.Attempts ?? 0,
        LastStatus = job.Webhook?.LastStatus,
        LastError = job.Webhook?.LastError,
        NextAttemptAt = job.Webhook?.NextAt,
    };
}
