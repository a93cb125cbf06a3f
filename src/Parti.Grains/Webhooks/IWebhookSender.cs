using Parti.Abstractions;

namespace Parti.Grains.Webhooks;

/// <summary>The end of a job, to be told.</summary>
/// <param name="Id">The same at every try.</param>
/// <param name="Tenant">Whose secret signs it.</param>
/// <param name="Url">Where to.</param>
/// <param name="Job">The job at its end.</param>
public sealed record WebhookMessage(string Id, string Tenant, string Url, JobSnapshot Job);

/// <summary>What became of a try.</summary>
/// <param name="Status">HTTP status; null where there was no answer.</param>
/// <param name="Error">Why it failed, one line; null where the destination took it.</param>
/// <param name="IsFinal">Whether another try makes no sense.</param>
public sealed record WebhookAnswer(int? Status, string? Error, bool IsFinal = false);

/// <summary>Tells the ends of jobs to addresses that their owners named.</summary>
public interface IWebhookSender
{
    /// <summary>Whether there is a secret to sign a tenant's messages with.</summary>
    bool CanSign(string tenant);

    /// <summary>The pause after a failed try, or null to give up.</summary>
    /// <param name="attempt">The try that failed, from 1.</param>
    TimeSpan? DelayAfter(int attempt);

    /// <summary>Makes one try; failures are answers.</summary>
    Task<WebhookAnswer> SendAsync(WebhookMessage message, CancellationToken cancellationToken = default);
}
