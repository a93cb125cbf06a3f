using Parti.Abstractions;

namespace Parti.Grains.Catalog;

/// <summary>The lists of one partition, in memory. Not thread-safe.</summary>
public sealed class CatalogIndex
{
    /// <summary>Jobs of one full page.</summary>
    public const int PageSize = 256;

    private readonly Dictionary<JobKey, JobSummary> _open = [];
    private readonly List<JobSummary> _recent = [];
    private readonly List<CatalogPage> _pages = [];

    /// <summary>Jobs that have not ended.</summary>
    public IReadOnlyCollection<JobSummary> Open => _open.Values;

    /// <summary>Whether <see cref="MoveToPage"/> has something to move.</summary>
    public bool HasFullPage => _recent.Count >= 2 * PageSize;

    /// <summary>Starts from what is stored.</summary>
    public void Load(CatalogHead head, IEnumerable<CatalogPage> pages)
    {
        ArgumentNullException.ThrowIfNull(head);
        foreach (JobSummary job in head.Open)
        {
            _open[KeyOf(job)] = job;
        }

        _recent.AddRange(head.Recent);
        _pages.AddRange(pages);
    }

    /// <summary>What is to be stored beside the pages.</summary>
    public CatalogHead ToHead() => new() { Open = [.. _open.Values], Recent = [.. _recent], Pages = _pages.Count };

    /// <summary>Notes a job in its present state.</summary>
    /// <returns>The page it was taken from, or null.</returns>
    public int? Put(JobSummary job)
    {
        ArgumentNullException.ThrowIfNull(job);
        int? page = Remove(KeyOf(job));
        if (job.State.IsTerminal())
        {
            _recent.Add(job);
        }
        else
        {
            _open[KeyOf(job)] = job;
        }

        return page;
    }

    /// <summary>Takes a job off the list.</summary>
    /// <returns>The page it was taken from, or null.</returns>
    public int? Remove(JobKey job)
    {
        if (_open.Remove(job) || _recent.RemoveAll(entry => KeyOf(entry) == job) > 0)
        {
            return null;
        }

        int page = _pages.FindIndex(candidate => candidate.Jobs.Any(entry => KeyOf(entry) == job));
        if (page < 0)
        {
            return null;
        }

        _pages[page] = new() { Jobs = [.. _pages[page].Jobs.Where(entry => KeyOf(entry) != job)] };
        return page;
    }

    /// <summary>A page's content.</summary>
    public CatalogPage Page(int number) => _pages[number];

    /// <summary>Moves the oldest finished jobs into a new page.</summary>
    /// <returns>Its number.</returns>
    public int MoveToPage()
    {
        _pages.Add(new() { Jobs = [.. _recent.Take(PageSize)] });
        _recent.RemoveRange(0, PageSize);
        return _pages.Count - 1;
    }

    /// <summary>A page of the listing.</summary>
    public JobPage List(JobQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        IEnumerable<JobSummary> all = _open.Values.Concat(_recent).Concat(_pages.SelectMany(page => page.Jobs));
        return Select(all, query);
    }

    /// <summary>Filters, orders and cuts.</summary>
    public static JobPage Select(IEnumerable<JobSummary> jobs, JobQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        bool continues = JobCursor.TryParse(query.Cursor, out JobCursor after);
        List<JobSummary> found = [.. jobs
            .Where(job => (query.Tenant is null || job.Tenant == query.Tenant)
                && (query.State is null || job.State == query.State)
                && (query.Model is null || job.Model == query.Model)
                && (!continues || JobCursor.Of(job).CompareTo(after) > 0))
            .OrderBy(JobCursor.Of, JobCursor.Order)
            .Take(query.Limit + 1)];
        return found.Count > query.Limit
            ? new(found[..query.Limit], JobCursor.Of(found[query.Limit - 1]).ToString())
            : new(found, null);
    }

    private static JobKey KeyOf(JobSummary job) => new(job.Tenant, job.Id);
}
