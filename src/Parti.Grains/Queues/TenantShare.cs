namespace Parti.Grains.Queues;

/// <summary>What a tenant got so far. Its place among the tenants: who was given least goes first, then who was given longest ago.</summary>
/// <param name="tenant">Whose.</param>
/// <param name="served">Items handed out; a newcomer starts at the least of those that wait, so that absence saves up nothing.</param>
/// <param name="turn">When it was last given something; newcomers come before all others.</param>
internal sealed class TenantShare(string tenant, long served, long turn)
{
    internal static IComparer<TenantShare> Order { get; } = Comparer<TenantShare>.Create(Compare);

    internal string Tenant { get; } = tenant;

    internal long Served { get; set; } = served;

    internal long Turn { get; set; } = turn;

    /// <summary>Items that wait.</summary>
    internal int Waiting { get; set; }

    private static int Compare(TenantShare a, TenantShare b)
    {
        int byServed = a.Served.CompareTo(b.Served);
        int byTurn = byServed != 0 ? byServed : a.Turn.CompareTo(b.Turn);
        return byTurn != 0 ? byTurn : string.CompareOrdinal(a.Tenant, b.Tenant);
    }
}
