namespace Parti.Inference.Scheduling;

/// <summary>
/// Decides before every decode step which sequences run: waiting ones get free slots by priority, then in order of arrival; running ones keep theirs.
/// Nothing is ever preempted: all sequences of a model are equally long, so a slot is always free again after a known number of steps.
/// Not thread-safe; belongs to the engine's thread.
/// </summary>
public sealed class Scheduler
{
    readonly Sequence?[] _slots;
    readonly LinkedList<Sequence> _waiting = new();
    readonly List<Sequence> _admitted = [];
    readonly List<Sequence> _running = [];

    /// <summary>A scheduler with all slots free.</summary>
    /// <param name="slots">Sequences that can run at the same time, at least 1.</param>
    public Scheduler(int slots)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        _slots = new Sequence?[slots];
    }

    /// <summary>Number of slots.</summary>
    public int Slots => _slots.Length;

    /// <summary>Sequences without a slot, next one first.</summary>
    public IReadOnlyCollection<Sequence> Waiting => _waiting;

    /// <summary>Sequences that hold a slot, in order of slots; renewed by <see cref="Schedule"/>.</summary>
    public IReadOnlyList<Sequence> Running => _running;

    /// <summary>Whether no sequence waits or runs.</summary>
    public bool IsIdle => _waiting.Count == 0 && Array.TrueForAll(_slots, slot => slot is null);

    /// <summary>Adds a sequence behind those of its priority.</summary>
    /// <param name="sequence">A waiting sequence.</param>
    public void Enqueue(Sequence sequence)
    {
        LinkedListNode<Sequence>? before = _waiting.Last;
        while (before is not null && before.Value.Request.Priority < sequence.Request.Priority)
        {
            before = before.Previous;
        }
        if (before is null)
        {
            _waiting.AddFirst(sequence);
        }
        else
        {
            _waiting.AddAfter(before, sequence);
        }
    }

    /// <summary>Gives free slots, lowest first, to waiting sequences and renews <see cref="Running"/>.</summary>
    /// <returns>Sequences that got a slot just now; valid until the next call.</returns>
    public IReadOnlyList<Sequence> Schedule()
    {
        _admitted.Clear();
        _running.Clear();
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if (_slots[slot] is null && _waiting.First is { } first)
            {
                _waiting.RemoveFirst();
                _slots[slot] = first.Value;
                first.Value.Slot = slot;
                first.Value.Status = SequenceStatus.Running;
                _admitted.Add(first.Value);
            }
            if (_slots[slot] is { } sequence)
            {
                _running.Add(sequence);
            }
        }
        return _admitted;
    }

    /// <summary>Ends a sequence and frees its slot, which the next <see cref="Schedule"/> may give away. Ending twice does nothing.</summary>
    /// <param name="sequence">A waiting or running sequence.</param>
    /// <param name="status">Finished, canceled or failed.</param>
    public void End(Sequence sequence, SequenceStatus status)
    {
        if (sequence.Status == SequenceStatus.Waiting)
        {
            _waiting.Remove(sequence);
        }
        else if (sequence.Status == SequenceStatus.Running)
        {
            _slots[sequence.Slot] = null;
            sequence.Slot = -1;
        }
        else
        {
            return;
        }
        sequence.Status = status;
    }
}
