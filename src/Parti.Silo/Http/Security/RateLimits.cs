using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Parti.Silo.Http.Security;

/// <summary>Requests a minute and at the same time, counted for each caller by itself. Probes are not counted.</summary>
/// <param name="callers">Who is who.</param>
internal sealed class RateLimits(Callers callers) : IConfigureOptions<RateLimiterOptions>
{
    private const int RefillsPerMinute = 60;
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public void Configure(RateLimiterOptions options)
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.GlobalLimiter = PartitionedRateLimiter.CreateChained(
            PartitionedRateLimiter.Create<HttpContext, string>(context => Partition(context, Rate)),
            PartitionedRateLimiter.Create<HttpContext, string>(context => Partition(context, Concurrency)));
        options.OnRejected = RejectAsync;
    }

    private RateLimitPartition<string> Partition(HttpContext context, Func<CallerLimits, RateLimiter> limiter)
    {
        if (context.Request.Path.StartsWithSegments("/health"))
        {
            return RateLimitPartition.GetNoLimiter(string.Empty);
        }

        (string name, CallerLimits limits) = callers.LimitsOf(context);
        return RateLimitPartition.Get(name, _ => limiter(limits));
    }

    private static TokenBucketRateLimiter Rate(CallerLimits limits) => new(new()
    {
        TokenLimit = limits.RequestsPerMinute,
        TokensPerPeriod = Math.Max(1, limits.RequestsPerMinute / RefillsPerMinute),
        ReplenishmentPeriod = TimeSpan.FromMinutes(1) * Math.Max(1, limits.RequestsPerMinute / RefillsPerMinute) / limits.RequestsPerMinute,
        QueueLimit = 0,
        AutoReplenishment = false,
    });

    private static ConcurrencyLimiter Concurrency(CallerLimits limits) => new(new() { PermitLimit = limits.ConcurrentRequests, QueueLimit = 0 });

    private async ValueTask RejectAsync(OnRejectedContext rejected, CancellationToken cancellationToken)
    {
        HttpContext context = rejected.HttpContext;
        CallerLimits limits = callers.LimitsOf(context).Limits;
        bool rate = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan after);
        Refusals.SetRetryAfter(context.Response, rate ? after : RetrySoon);
        await Refusals.WriteAsync(context, Refusals.TooMany(rate
            ? $"More than {limits.RequestsPerMinute} requests a minute; wait as long as Retry-After says."
            : $"More than {limits.ConcurrentRequests} requests at the same time; wait for one to end."));
    }
}
