using Orleans.Storage;
using Parti.Abstractions;

namespace Parti.Grains.Catalog;

/// <summary>Brings one partition's index to the disk: a head that changes with every job, and pages that rarely change. Lives on its grain's scheduler.</summary>
/// <param name="partition">The grain.</param>
/// <param name="head">Its own state.</param>
/// <param name="storage">Where the pages are.</param>
internal sealed class CatalogStore(GrainId partition, IPersistentState<CatalogHead> head, IGrainStorage storage)
{
    private readonly HashSet<int> _dirtyPages = [];

    /// <summary>The lists as they are now.</summary>
    internal CatalogIndex Index { get; } = new();

    /// <summary>Reads everything.</summary>
    internal async Task LoadAsync()
    {
        List<CatalogPage> pages = [];
        for (int number = 0; number < head.State.Pages; number++)
        {
            pages.Add((await ReadPageAsync(number)).State ?? new());
        }

        Index.Load(head.State, pages);
    }

    /// <summary>Notes a job in its present state.</summary>
    internal void Put(JobSummary job)
    {
        MarkDirty(Index.Put(job));
        if (Index.HasFullPage)
        {
            MarkDirty(Index.MoveToPage());
        }
    }

    /// <summary>Takes a job off the list.</summary>
    internal void Remove(JobKey job) => MarkDirty(Index.Remove(job));

    /// <summary>Writes the index as it is at the moment of the call.</summary>
    internal async Task WriteAsync()
    {
        // Pages first: a head that names a page always finds it, and a page that no head names yet is written over.
        CatalogHead next = Index.ToHead();
        int[] dirty = [.. _dirtyPages];
        _dirtyPages.Clear();
        try
        {
            foreach (int number in dirty)
            {
                CatalogPage content = Index.Page(number);
                GrainState<CatalogPage> page = await ReadPageAsync(number);
                page.State = content;
                await storage.WriteStateAsync(PageName(number), partition, page);
            }
        }
        catch
        {
            _dirtyPages.UnionWith(dirty);
            throw;
        }

        head.State = next;
        await head.WriteStateAsync();
    }

    private void MarkDirty(int? page)
    {
        if (page is int number)
        {
            _dirtyPages.Add(number);
        }
    }

    private async Task<GrainState<CatalogPage>> ReadPageAsync(int number)
    {
        GrainState<CatalogPage> page = new() { State = new() };
        await storage.ReadStateAsync(PageName(number), partition, page);
        return page;
    }

    private static string PageName(int number) => $"page-{number}";
}
