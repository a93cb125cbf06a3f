using Parti.Abstractions;

namespace Parti.Grains.Catalog;

/// <summary>The part of a catalog partition that changes with every job.</summary>
public sealed class CatalogHead
{
    /// <summary>Jobs that have not ended.</summary>
    public IReadOnlyList<JobSummary> Open { get; set; } = [];

    /// <summary>Jobs that ended last, oldest first.</summary>
    public IReadOnlyList<JobSummary> Recent { get; set; } = [];

    /// <summary>Full pages of older jobs, numbered from 0.</summary>
    public int Pages { get; set; }
}

/// <summary>Jobs that ended long ago; written when full, and again when one of them is deleted or retried.</summary>
public sealed class CatalogPage
{
    /// <summary>Oldest first.</summary>
    public IReadOnlyList<JobSummary> Jobs { get; set; } = [];
}
