using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>
/// Text states of the jobs at hand, one object per job, so that the engine can tell that images share a prompt. The oldest
/// one goes first. A job is told from an earlier one of the same id, now deleted, by its age. Not thread-safe.
/// </summary>
internal sealed class TextCache
{
    private const int Capacity = 64;
    private readonly Dictionary<(JobKey Job, DateTimeOffset CreatedAt), TextConditioning> _texts = [];
    private readonly Queue<(JobKey Job, DateTimeOffset CreatedAt)> _order = new();

    internal TextConditioning? Find(WorkItem item) => _texts.GetValueOrDefault((item.Key.Job, item.CreatedAt));

    /// <summary>Keeps text states unless the item's job has some.</summary>
    /// <returns>Those that are kept.</returns>
    internal TextConditioning Keep(WorkItem item, TextConditioning text)
    {
        (JobKey, DateTimeOffset) job = (item.Key.Job, item.CreatedAt);
        if (_texts.TryGetValue(job, out TextConditioning? known))
        {
            return known;
        }

        if (_order.Count == Capacity)
        {
            _texts.Remove(_order.Dequeue());
        }

        _order.Enqueue(job);
        _texts.Add(job, text);
        return text;
    }
}
