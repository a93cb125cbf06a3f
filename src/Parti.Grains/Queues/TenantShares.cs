namespace Parti.Grains.Queues;

/// <summary>What each tenant was given. Not thread-safe.</summary>
internal sealed class TenantShares
{
    private const int Spare = 64;
    private readonly Dictionary<string, TenantShare> _shares = [];
    private int _waiting;
    private long _turns;

    // Far below every turn that was taken, and growing: newcomers go in the order of their arrival, before the others.
    private long _arrivals = long.MinValue;

    internal TenantShare Of(string tenant) => _shares[tenant];

    /// <summary>A tenant has one more item that waits.</summary>
    internal TenantShare Enter(string tenant, PriorityLevel[] levels)
    {
        if (_waiting == 0)
        {
            // Nobody waits: everyone starts anew, and tenants that are gone are forgotten.
            _shares.Clear();
        }

        if (!_shares.TryGetValue(tenant, out TenantShare? share) || share.Waiting == 0)
        {
            long least = levels.Min(level => level.Next?.Served) ?? 0;
            Forget(least);
            if (!_shares.TryGetValue(tenant, out share))
            {
                _shares.Add(tenant, share = new(tenant, least, ++_arrivals));
            }

            share.Served = Math.Max(share.Served, least);
        }

        share.Waiting++;
        _waiting++;
        return share;
    }

    /// <summary>A tenant has one item less that waits.</summary>
    internal void Leave(TenantShare share)
    {
        share.Waiting--;
        _waiting--;
    }

    /// <summary>A tenant was given an item.</summary>
    internal void Serve(TenantShare share, PriorityLevel[] levels)
    {
        PriorityLevel[] present = [.. levels.Where(level => level.Leave(share))];
        share.Served++;
        share.Turn = ++_turns;
        foreach (PriorityLevel level in present)
        {
            level.Enter(share);
        }
    }

    // One that waits for nothing and was given no more than the least counts as a newcomer when it comes again.
    private void Forget(long least)
    {
        if (_shares.Count < (2 * _waiting) + Spare)
        {
            return;
        }

        foreach (TenantShare share in _shares.Values.Where(share => share.Waiting == 0 && share.Served <= least).ToArray())
        {
            _shares.Remove(share.Tenant);
        }
    }
}
