using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>
/// Text states of the jobs at hand, one object per job, so that the engine can tell that images share a prompt. The oldest
/// one goes first. Not thread-safe.
/// </summary>
internal sealed class TextCache
{
    private const int Capacity = 64;
    private readonly Dictionary<JobKey, TextConditioning> _texts = [];
    private readonly Queue<JobKey> _order = new();

    internal TextConditioning? Find(JobKey job) => _texts.GetValueOrDefault(job);

    /// <summary>Keeps text states unless the job has some.</summary>
    /// <returns>Those that are kept.</returns>
    internal TextConditioning Keep(JobKey job, TextConditioning text)
    {
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
