using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>What the images of a job are sampled under.</summary>
/// <param name="Text">Text states; one object per job, so that the engine can tell that images share a prompt.</param>
/// <param name="SourceTokens">Tokens of the picture that is edited, <see cref="SampleRequest.Open"/> where its mask leaves one open; null where there is none.</param>
internal sealed record Conditioning(TextConditioning Text, int[]? SourceTokens)
{
    /// <summary>Reads what travelled.</summary>
    internal static Conditioning Of(string model, TextStates text) => new(
        new(model, text.States, text.Tokens, text.NegativeStates, text.NegativeTokens, text.DroppedTokens), text.SourceTokens);

    /// <summary>What travels.</summary>
    internal TextStates ToStates() => new(Text.States, Text.Tokens, Text.NegativeStates, Text.NegativeTokens, Text.DroppedTokens)
    {
        SourceTokens = SourceTokens,
    };
}

/// <summary>
/// Text states of the jobs at hand, one object per job. The oldest
/// one goes first. A job is told from an earlier one of the same id, now deleted, by its age. Not thread-safe.
/// </summary>
internal sealed class TextCache
{
    private const int Capacity = 64;
    private readonly Dictionary<(JobKey Job, DateTimeOffset CreatedAt), Conditioning> _texts = [];
    private readonly Queue<(JobKey Job, DateTimeOffset CreatedAt)> _order = new();

    internal Conditioning? Find(WorkItem item) => _texts.GetValueOrDefault((item.Key.Job, item.CreatedAt));

    /// <summary>Keeps text states unless the item's job has some.</summary>
    /// <returns>Those that are kept.</returns>
    internal Conditioning Keep(WorkItem item, Conditioning text)
    {
        (JobKey, DateTimeOffset) job = (item.Key.Job, item.CreatedAt);
        if (_texts.TryGetValue(job, out Conditioning? known))
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
