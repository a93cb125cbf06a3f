using Parti.Client;

namespace Parti.Silo.Http.Security;

/// <summary>A caller ordered more than its share; nothing was accepted.</summary>
/// <param name="retryAfter">When another try makes sense.</param>
/// <param name="message">One line.</param>
internal sealed class QuotaExceededException(TimeSpan retryAfter, string message) : PartiException("rate_limit_exceeded", message)
{
    /// <summary>When another try makes sense.</summary>
    internal TimeSpan RetryAfter { get; } = retryAfter;
}
