using System.Diagnostics.CodeAnalysis;
using Parti.Abstractions;

namespace Parti.Grains.Queues;

/// <summary>Items of one urgency, tenant by tenant. Not thread-safe.</summary>
internal sealed class PriorityLevel
{
    private readonly Dictionary<string, TenantLine> _lines = [];
    private readonly SortedSet<TenantShare> _turns = new(TenantShare.Order);

    /// <summary>Items.</summary>
    internal int Count { get; private set; }

    /// <summary>The tenant whose turn it is, or null where nothing waits.</summary>
    internal TenantShare? Next => _turns.Min;

    /// <summary>Tenants in their order.</summary>
    internal IEnumerable<TenantShare> Tenants => _turns;

    internal TenantLine LineOf(string tenant) => _lines[tenant];

    internal bool TryGetLine(string tenant, [NotNullWhen(true)] out TenantLine? line) => _lines.TryGetValue(tenant, out line);

    internal void Add(WorkItem item, TenantShare share)
    {
        if (!_lines.TryGetValue(share.Tenant, out TenantLine? line))
        {
            _lines.Add(share.Tenant, line = new());
            _turns.Add(share);
        }

        line.Add(item);
        Count++;
    }

    internal void Remove(WorkItem item, TenantShare share)
    {
        TenantLine line = _lines[share.Tenant];
        line.Remove(item);
        Count--;
        if (line.Count == 0)
        {
            _lines.Remove(share.Tenant);
            _turns.Remove(share);
        }
    }

    /// <summary>Takes a tenant out of the order while its share changes.</summary>
    /// <returns>Whether it was in it.</returns>
    internal bool Leave(TenantShare share) => _turns.Remove(share);

    /// <summary>Puts it back.</summary>
    internal void Enter(TenantShare share) => _turns.Add(share);
}
