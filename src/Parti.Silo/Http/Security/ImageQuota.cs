using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Parti.Abstractions;
using Parti.Client;
using Parti.Silo.Http.Problems;

namespace Parti.Silo.Http.Security;

/// <summary>
/// How many images of each caller may wait or be made at the same time, candidates included, whether their requests are still open or not. Kept in this
/// process; each gateway counts by itself. Which jobs have ended is asked only when a caller has no place left, and not more often than a moment.
/// </summary>
/// <param name="callers">Who is who.</param>
/// <param name="grains">Knows which jobs have ended.</param>
/// <param name="time">The clock.</param>
internal sealed class ImageQuota(Callers callers, IGrainFactory grains, TimeProvider time)
{
    private const int MostAsked = 32;
    private const int MostCallers = 10_000;
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Places> _callers = new();

    /// <summary>Takes places for a job; one that has its places already takes none.</summary>
    /// <exception cref="InvalidRequestException">There are never so many.</exception>
    /// <exception cref="QuotaExceededException">There are not enough now.</exception>
    internal async Task TakeAsync(HttpContext context, JobKey job, int images)
    {
        (string name, CallerLimits limits) = callers.LimitsOf(context);
        Places places = PlacesOf(name);
        if (places.TryTake(job, images, limits.ConcurrentImages))
        {
            return;
        }

        if (images > limits.ConcurrentImages)
        {
            throw ProblemAnswers.Parameter("n", $"{images} images are asked for, candidates included; at most {limits.ConcurrentImages} may be under way. Ask for a smaller n or best_of.");
        }

        await Task.WhenAll(places.Oldest(MostAsked).Select(old => GiveBackIfEndedAsync(places, old, context.RequestAborted)));
        if (!places.TryTake(job, images, limits.ConcurrentImages))
        {
            throw new QuotaExceededException(RetrySoon, $"More than {limits.ConcurrentImages} images under way, candidates included; wait for some to end.");
        }
    }

    /// <summary>The job is there: its places are free when it has ended.</summary>
    internal void Keep(HttpContext context, JobKey job) => PlacesOf(callers.LimitsOf(context).Name).Keep(job);

    /// <summary>The job came to nothing.</summary>
    internal void GiveBack(HttpContext context, JobKey job) => PlacesOf(callers.LimitsOf(context).Name).GiveBackNew(job);

    private async Task GiveBackIfEndedAsync(Places places, JobKey job, CancellationToken cancellationToken)
    {
        try
        {
            JobSnapshot? known = await grains.GetGrain<IJobGrain>(job.ToString()).GetSnapshotAsync(cancellationToken);
            if (known is null || known.State.IsTerminal())
            {
                places.GiveBack(job);
            }
        }
        catch (Exception failure) when (failure is TimeoutException or OrleansException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // A silo is lost: what is not known to have ended counts as under way.
        }
    }

    private Places PlacesOf(string name)
    {
        if (_callers.Count > MostCallers)
        {
            // Jobs end within minutes; who has ordered nothing for so long has none, or as good as none.
            foreach ((string other, Places _) in _callers.Where(pair => pair.Value.IsOld()))
            {
                _callers.TryRemove(other, out _);
            }
        }

        return _callers.GetOrAdd(name, _ => new(time));
    }

    private sealed class Places(TimeProvider time)
    {
        private static readonly TimeSpan LongAgo = TimeSpan.FromHours(1);
        private readonly Lock _lock = new();
        private readonly LinkedList<Entry> _order = new();
        private readonly Dictionary<JobKey, LinkedListNode<Entry>> _jobs = [];
        private long _images;
        private long _usedAt = time.GetTimestamp();
        private long? _askedAt;

        internal bool IsOld()
        {
            lock (_lock)
            {
                return time.GetElapsedTime(_usedAt) > LongAgo;
            }
        }

        internal bool TryTake(JobKey job, int images, int most)
        {
            lock (_lock)
            {
                _usedAt = time.GetTimestamp();
                if (_jobs.ContainsKey(job))
                {
                    return true;
                }

                if (_images + images > most)
                {
                    return false;
                }

                _images += images;
                _jobs[job] = _order.AddLast(new Entry(job, images));
                return true;
            }
        }

        /// <summary>Jobs that have been there longest; none where they were asked a moment ago.</summary>
        internal JobKey[] Oldest(int most)
        {
            lock (_lock)
            {
                if (_askedAt is { } asked && time.GetElapsedTime(asked) < FullQueues.Window)
                {
                    return [];
                }

                _askedAt = time.GetTimestamp();
                return [.. _order.Where(entry => entry.IsKept).Take(most).Select(entry => entry.Job)];
            }
        }

        internal void Keep(JobKey job)
        {
            lock (_lock)
            {
                if (_jobs.TryGetValue(job, out LinkedListNode<Entry>? node))
                {
                    node.Value.IsKept = true;
                }
            }
        }

        internal void GiveBack(JobKey job)
        {
            lock (_lock)
            {
                if (_jobs.Remove(job, out LinkedListNode<Entry>? node))
                {
                    _order.Remove(node);
                    _images -= node.Value.Images;
                }
            }
        }

        /// <summary>Gives back what a refused order took; a job that is there keeps its places.</summary>
        internal void GiveBackNew(JobKey job)
        {
            lock (_lock)
            {
                if (_jobs.TryGetValue(job, out LinkedListNode<Entry>? node) && !node.Value.IsKept)
                {
                    GiveBack(job);
                }
            }
        }

        private sealed class Entry(JobKey job, int images)
        {
            internal JobKey Job => job;

            internal int Images => images;

            internal bool IsKept { get; set; }
        }
    }
}
