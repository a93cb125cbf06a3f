using Orleans.Storage;
using Parti.Abstractions;

namespace Parti.Grains.Catalog;

/// <summary>Brings one partition's index to the disk, page by page: what a change costs does not grow with the list. Lives on its grain's scheduler.</summary>
/// <param name="partition">The grain.</param>
/// <param name="head">Its own state.</param>
/// <param name="storage">Where the pages are.</param>
internal sealed class CatalogStore(GrainId partition, IPersistentState<CatalogHead> head, IGrainStorage storage)
{
    private const int ReadsAtOnce = 32;
    private readonly HashSet<int> _dirty = [];
    private readonly List<GrainState<CatalogPage>> _pages = [];

    /// <summary>The list as it is now.</summary>
    internal CatalogIndex Index { get; } = new();

    /// <summary>Reads everything.</summary>
    internal async Task LoadAsync()
    {
        _pages.AddRange(Enumerable.Range(0, head.State.Pages).Select(_ => NewPage()));
        foreach (int[] batch in Enumerable.Range(0, _pages.Count).Chunk(ReadsAtOnce))
        {
            await Task.WhenAll(batch.Select(number => storage.ReadStateAsync(PageName(number), partition, _pages[number])));
        }

        foreach (GrainState<CatalogPage> page in _pages)
        {
            Index.Load(page.State ?? new());
            page.State = new();
        }
    }

    /// <summary>Notes a job in its present state.</summary>
    internal void Put(JobSummary job) => _dirty.Add(Index.Put(job));

    /// <summary>Takes a job off the list.</summary>
    internal void Remove(JobKey job)
    {
        if (Index.Remove(job) is int page)
        {
            _dirty.Add(page);
        }
    }

    /// <summary>Writes the index as it is at the moment of the call.</summary>
    internal async Task WriteAsync()
    {
        int[] dirty = [.. _dirty];
        CatalogPage[] contents = [.. dirty.Select(Index.Page)];
        _dirty.Clear();
        try
        {
            await WriteHeadAsync();
            await Task.WhenAll(dirty.Select((number, i) => WritePageAsync(number, contents[i])));
        }
        catch
        {
            _dirty.UnionWith(dirty);
            throw;
        }
    }

    /// <summary>Before the pages: one that is named and missing is empty, but one that is not named would be forgotten.</summary>
    private async Task WriteHeadAsync()
    {
        int pages = Index.Pages;
        if (head.State.Pages >= pages)
        {
            return;
        }

        int before = head.State.Pages;
        try
        {
            head.State.Pages = pages;
            await head.WriteStateAsync();
        }
        catch
        {
            head.State.Pages = before;
            throw;
        }
    }

    private async Task WritePageAsync(int number, CatalogPage content)
    {
        while (_pages.Count <= number)
        {
            _pages.Add(NewPage());
        }

        // The index has it; here only its ETag is kept.
        GrainState<CatalogPage> page = _pages[number];
        page.State = content;
        await storage.WriteStateAsync(PageName(number), partition, page);
        page.State = new();
    }

    private static GrainState<CatalogPage> NewPage() => new() { State = new() };

    private static string PageName(int number) => $"page-{number}";
}
