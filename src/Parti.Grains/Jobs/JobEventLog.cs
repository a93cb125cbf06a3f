using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>
/// The numbered events of one job. Numbers are reserved in blocks that are stored before watchers see them, so that an
/// activation that was lost together with its unwritten events never has its numbers given out again, however long the store
/// takes nothing.
/// Not thread-safe; lives on its grain's scheduler.
/// </summary>
public sealed class JobEventLog
{
    private const int Block = 1024;
    private const int MaxKept = 1024;
    private const int MaxStored = 512;

    private readonly List<JobEvent> _events = [];
    private long _next = 1;
    private long _published;
    private long _reserved;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>The last number that watchers may see.</summary>
    public long Published => _published;

    /// <summary>The highest number that may have been given out when the state is next written.</summary>
    public long Reservation => _next + Block;

    /// <summary>Whether events wait for a number that is stored as used.</summary>
    public bool Withholds => _next - 1 > _reserved;

    /// <summary>Whether the last published event is terminal.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The last published event that is kept, or 0. After a restart it is far below the numbers reserved.</summary>
    public long LastSeq => _events.LastOrDefault(added => added.Seq <= _published)?.Seq ?? 0;

    /// <summary>Continues after a restart.</summary>
    public void Restore(IEnumerable<JobEvent> events, long reserved)
    {
        _events.Clear();
        _events.AddRange(events);
        _next = reserved + 1;
        _published = reserved;
        _reserved = reserved;
        HasEnded = _events.Count > 0 && _events[^1].IsTerminal;
    }

    /// <summary>Numbers up to one are stored as used; watchers may see them.</summary>
    public void Reserve(long upTo) => _reserved = Math.Max(_reserved, upTo);

    /// <summary>Adds an event that watchers do not see yet.</summary>
    public JobEvent Add(JobEventType type, DateTimeOffset at, JobChanges changes)
    {
        JobEvent added = new(_next++, type, at, changes);
        _events.Add(added);
        if (_events.Count > MaxKept)
        {
            Trim();
        }

        return added;
    }

    /// <summary>Shows watchers everything added so far whose numbers are reserved.</summary>
    public void Publish()
    {
        long upTo = Math.Min(_next - 1, _reserved);
        if (_published >= upTo)
        {
            return;
        }

        _published = upTo;
        HasEnded = _events.LastOrDefault(added => added.Seq <= upTo) is { IsTerminal: true };
        Wake();
    }

    /// <summary>Lets watchers look again.</summary>
    public void Wake()
    {
        TaskCompletionSource changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    /// <summary>Takes back what was added but never published.</summary>
    public void Discard()
    {
        _events.RemoveAll(added => added.Seq > _published);
        _next = _published + 1;
    }

    /// <summary>Forgets the events of a deleted job; their numbers are not given out again.</summary>
    public void Clear()
    {
        _events.Clear();
        _published = _next - 1;
        HasEnded = false;
        Wake();
    }

    /// <summary>The events worth storing: progress is found in the record itself.</summary>
    public IReadOnlyList<JobEvent> ToStore() =>
        [.. _events.Where(added => added.Type != JobEventType.Progress).TakeLast(MaxStored)];

    /// <summary>Published events after a number, and a task that ends when there are more.</summary>
    public (IReadOnlyList<JobEvent> Events, Task More) After(long seq) =>
        ([.. _events.Where(added => added.Seq > seq && added.Seq <= _published)], _changed.Task);

    private void Trim()
    {
        // Progress is absolute, so an old report says nothing that a newer one does not.
        int removed = _events.RemoveAll(added => added.Type == JobEventType.Progress && added.Seq < _next - (MaxKept / 2));
        if (removed == 0)
        {
            _events.RemoveRange(0, _events.Count - MaxKept);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
