namespace Parti.Grains.Shards;

/// <summary>Who has a shard, and until when. Not thread-safe; lives on its grain's scheduler.</summary>
/// <param name="time">The clock.</param>
/// <param name="length">How long a session that says nothing keeps the shard.</param>
internal sealed class ShardLease(TimeProvider time, TimeSpan length)
{
    private Guid? _session;
    private long _renewed;

    /// <summary>Whether a session has it.</summary>
    internal bool IsTaken => _session is not null && time.GetElapsedTime(_renewed) < length;

    /// <summary>Takes the lease, or renews it.</summary>
    /// <returns>False where another session has it.</returns>
    internal bool TryTake(Guid session)
    {
        if (IsTaken && _session != session)
        {
            return false;
        }

        (_session, _renewed) = (session, time.GetTimestamp());
        return true;
    }

    /// <summary>Renews the lease of whoever has it; others change nothing.</summary>
    internal void Renew(Guid session)
    {
        if (_session == session)
        {
            _renewed = time.GetTimestamp();
        }
    }

    /// <summary>Ends the lease of whoever has it; others change nothing.</summary>
    internal void Release(Guid session)
    {
        if (_session == session)
        {
            _session = null;
        }
    }
}
