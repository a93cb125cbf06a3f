using Parti.Abstractions;

namespace Parti.Grains.Catalog;

/// <summary>The jobs of one partition, in memory, and the page that each is stored on. Not thread-safe.</summary>
public sealed class CatalogIndex
{
    /// <summary>Jobs of one full page: what a change of one of them writes.</summary>
    public const int PageSize = 64;

    private static readonly JobCursor End = new(DateTimeOffset.MinValue, new(string.Empty, string.Empty));
    private readonly Dictionary<JobKey, (JobSummary Job, int Page)> _jobs = [];
    private readonly SortedSet<JobCursor> _order = new(JobCursor.Order);
    private readonly HashSet<JobKey> _open = [];
    private readonly List<HashSet<JobKey>> _pages = [];

    // Pages that lost jobs are filled up first, so that there are never many more of them than their jobs need.
    private readonly SortedSet<int> _withRoom = [];

    /// <summary>Jobs that have not ended, or still have to tell of it.</summary>
    public IEnumerable<JobSummary> Open => _open.Select(job => _jobs[job].Job);

    /// <summary>Pages.</summary>
    public int Pages => _pages.Count;

    /// <summary>Adds a page as it was stored; call once for each, in order.</summary>
    public void Load(CatalogPage stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        int page = AddPage();
        foreach (JobSummary job in stored.Jobs)
        {
            Set(job, page);
        }
    }

    /// <summary>Notes a job in its present state.</summary>
    /// <returns>The page that changed.</returns>
    public int Put(JobSummary job)
    {
        ArgumentNullException.ThrowIfNull(job);
        JobKey key = KeyOf(job);
        int page = _jobs.TryGetValue(key, out (JobSummary, int Page) known) ? known.Page : _withRoom.Count > 0 ? _withRoom.Min : AddPage();
        Remove(key);
        Set(job, page);
        return page;
    }

    /// <summary>Takes a job off the list.</summary>
    /// <returns>The page that changed, or null where there was no such job.</returns>
    public int? Remove(JobKey job)
    {
        if (!_jobs.Remove(job, out (JobSummary Job, int Page) known))
        {
            return null;
        }

        _order.Remove(JobCursor.Of(known.Job));
        _open.Remove(job);
        _pages[known.Page].Remove(job);
        _withRoom.Add(known.Page);
        return known.Page;
    }

    /// <summary>Jobs that ended before a time, oldest first.</summary>
    /// <param name="time">The time, UTC.</param>
    /// <param name="limit">Most to give.</param>
    public IReadOnlyList<JobKey> EndedBefore(DateTimeOffset time, int limit) =>
        [.. _order.Reverse().Select(place => _jobs[place.Job].Job).TakeWhile(job => job.CreatedAt < time)
            .Where(job => job.State.IsTerminal() && (job.CompletedAt ?? job.CreatedAt) < time).Take(limit).Select(KeyOf)];

    /// <summary>What is to be stored of a page.</summary>
    public CatalogPage Page(int number) => new() { Jobs = [.. _pages[number].Select(job => _jobs[job].Job)] };

    /// <summary>A page of the listing. Its cost is that of the jobs passed, not of all.</summary>
    public JobPage List(JobQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        IEnumerable<JobCursor> after = JobCursor.TryParse(query.Cursor, out JobCursor cursor) ? _order.GetViewBetween(cursor, End).Where(place => place != cursor) : _order;
        return Cut(after.Select(place => _jobs[place.Job].Job).Where(job => Matches(job, query)), query.Limit);
    }

    /// <summary>One page out of those of several partitions.</summary>
    public static JobPage Merge(IReadOnlyList<JobPage> pages, int limit)
    {
        ArgumentNullException.ThrowIfNull(pages);
        JobPage merged = Cut(pages.SelectMany(page => page.Jobs).OrderBy(JobCursor.Of, JobCursor.Order), limit);
        bool more = merged.NextCursor is not null || pages.Any(page => page.NextCursor is not null);
        return more && merged.Jobs.Count > 0 ? merged with { NextCursor = JobCursor.Of(merged.Jobs[^1]).ToString() } : merged;
    }

    private static JobPage Cut(IEnumerable<JobSummary> ordered, int limit)
    {
        List<JobSummary> found = [.. ordered.Take(limit + 1)];
        return found.Count > limit ? new(found[..limit], JobCursor.Of(found[limit - 1]).ToString()) : new(found, null);
    }

    private static bool Matches(JobSummary job, JobQuery query) =>
        (query.Tenant is null || job.Tenant == query.Tenant)
        && (query.State is null || job.State == query.State)
        && (query.Model is null || job.Model == query.Model);

    private static JobKey KeyOf(JobSummary job) => new(job.Tenant, job.Id);

    private int AddPage()
    {
        _pages.Add([]);
        _withRoom.Add(_pages.Count - 1);
        return _pages.Count - 1;
    }

    private void Set(JobSummary job, int page)
    {
        JobKey key = KeyOf(job);
        _jobs[key] = (job, page);
        _order.Add(JobCursor.Of(job));
        if (job.IsOpen)
        {
            _open.Add(key);
        }

        _pages[page].Add(key);
        if (_pages[page].Count >= PageSize)
        {
            _withRoom.Remove(page);
        }
    }
}
