using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Parti.Client;
using Parti.Silo.Http.Problems;

namespace Parti.Silo.Http.Security;

/// <summary>
/// How many pixels each caller may order: a bucket that holds a minute's pixels and fills evenly. Kept in this process; each
/// gateway counts by itself.
/// </summary>
/// <param name="callers">Who is who.</param>
/// <param name="time">The clock.</param>
internal sealed class PixelQuota(Callers callers, TimeProvider time)
{
    private const int MostBuckets = 100_000;
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new();

    /// <summary>Takes pixels from a caller's bucket, or says why not.</summary>
    /// <exception cref="InvalidRequestException">There are never so many.</exception>
    /// <exception cref="QuotaExceededException">There are not enough now.</exception>
    internal void Take(HttpContext context, long pixels)
    {
        (string name, CallerLimits limits) = callers.LimitsOf(context);
        if (_buckets.Count > MostBuckets)
        {
            Forget();
        }

        if (pixels > limits.PixelsPerMinute)
        {
            throw ProblemAnswers.Parameter(
                "size", $"The pictures have {pixels} pixels together, at most {limits.PixelsPerMinute} a minute may be ordered; ask for fewer or smaller ones.");
        }

        TimeSpan wait = _buckets.GetOrAdd(name, _ => new()).Take(pixels, limits.PixelsPerMinute, time.GetTimestamp(), time);
        if (wait > TimeSpan.Zero)
        {
            throw new QuotaExceededException(wait, $"More than {limits.PixelsPerMinute} pixels a minute; wait as long as Retry-After says.");
        }
    }

    /// <summary>Puts pixels back that were taken for an order that came to nothing.</summary>
    internal void GiveBack(HttpContext context, long pixels)
    {
        if (_buckets.TryGetValue(callers.LimitsOf(context).Name, out Bucket? bucket))
        {
            bucket.GiveBack(pixels);
        }
    }

    // A bucket that nobody used for a minute is full again, as a new one is.
    private void Forget()
    {
        foreach ((string name, Bucket bucket) in _buckets)
        {
            if (bucket.IsFull(time))
            {
                _buckets.TryRemove(name, out _);
            }
        }
    }

    private sealed class Bucket
    {
        private readonly Lock _lock = new();
        private double _taken;
        private long _at;

        /// <summary>How long to wait; nothing is taken then.</summary>
        internal TimeSpan Take(long pixels, long perMinute, long now, TimeProvider time)
        {
            lock (_lock)
            {
                _taken = _at == 0 ? 0 : Math.Max(0, _taken - (perMinute * time.GetElapsedTime(_at, now).TotalMinutes));
                _at = now;
                if (_taken + pixels <= perMinute)
                {
                    _taken += pixels;
                    return TimeSpan.Zero;
                }

                return TimeSpan.FromMinutes(Math.Min(1, (_taken + pixels - perMinute) / perMinute)) + TimeSpan.FromMilliseconds(1);
            }
        }

        internal void GiveBack(long pixels)
        {
            lock (_lock)
            {
                _taken = Math.Max(0, _taken - pixels);
            }
        }

        internal bool IsFull(TimeProvider time)
        {
            lock (_lock)
            {
                return time.GetElapsedTime(_at) > TimeSpan.FromMinutes(1);
            }
        }
    }
}
