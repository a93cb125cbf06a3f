using Parti.Abstractions;

namespace Parti.Grains.Queues;

/// <summary>
/// Items of one tenant, oldest first. Sorted in one array: arrivals mostly go to the end and departures to the front, so that
/// both are cheap, and a rank is one binary search. Not thread-safe.
/// </summary>
internal sealed class TenantLine
{
    private const int CompactAbove = 1024;
    private static readonly IComparer<WorkItem> ByAge = Comparer<WorkItem>.Create(CompareAge);
    private readonly List<WorkItem> _items = [];
    private int _head;

    internal int Count => _items.Count - _head;

    /// <summary>The oldest item; there must be one.</summary>
    internal WorkItem First => _items[_head];

    internal void Add(WorkItem item)
    {
        int index = _items.BinarySearch(_head, Count, item, ByAge);
        _items.Insert(index < 0 ? ~index : index, item);
    }

    internal void Remove(WorkItem item)
    {
        int index = _items.BinarySearch(_head, Count, item, ByAge);
        if (index == _head)
        {
            _items[_head++] = null!;
            Compact();
        }
        else if (index > _head)
        {
            _items.RemoveAt(index);
        }
    }

    /// <summary>Items in front of one that is here.</summary>
    internal int RankOf(WorkItem item) => _items.BinarySearch(_head, Count, item, ByAge) - _head;

    private void Compact()
    {
        if (_head > CompactAbove && _head > Count)
        {
            _items.RemoveRange(0, _head);
            _head = 0;
        }
    }

    private static int CompareAge(WorkItem a, WorkItem b)
    {
        int byAge = a.CreatedAt.CompareTo(b.CreatedAt);
        int byJob = byAge != 0 ? byAge : string.CompareOrdinal(a.Key.Job.Id, b.Key.Job.Id);
        return byJob != 0 ? byJob : a.Key.Image.CompareTo(b.Key.Image);
    }
}
