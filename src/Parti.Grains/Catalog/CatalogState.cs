using Parti.Abstractions;

namespace Parti.Grains.Catalog;

/// <summary>How many pages a partition of the catalog has.</summary>
public sealed class CatalogHead
{
    /// <summary>Pages, numbered from 0. A page that was never written is empty.</summary>
    public int Pages { get; set; }
}

/// <summary>Some jobs of a partition. A job stays on its page for life, so that one write always leaves a true list.</summary>
public sealed class CatalogPage
{
    /// <summary>In no particular order.</summary>
    public IReadOnlyList<JobSummary> Jobs { get; set; } = [];
}
