using Microsoft.Extensions.Logging;
using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>Models of which the cluster serves other weights than this device has. Not thread-safe; lives on its grain's scheduler.</summary>
/// <param name="worker">Key of the worker grain.</param>
/// <param name="engine">The device's engine.</param>
/// <param name="logger">Where a refusal is told.</param>
internal sealed class ForeignModels(string worker, IInferenceEngine engine, ILogger logger)
{
    private readonly Dictionary<string, RefusedModel> _byQueue = [];

    /// <summary>The models, by name.</summary>
    internal IReadOnlyList<RefusedModel> All => [.. _byQueue.Values.DistinctBy(model => model.Name).OrderBy(model => model.Name, StringComparer.Ordinal)];

    /// <summary>Whether nothing of a model is served.</summary>
    internal bool Contains(string model) => _byQueue.Values.Any(refused => refused.Name == model);

    /// <summary>Notes what a queue said; the log is told once of each difference.</summary>
    /// <param name="feed">The queue.</param>
    /// <param name="served">What the cluster serves instead; null where the queue takes the worker.</param>
    internal void Note(Feed feed, string? served)
    {
        if (served is null)
        {
            _byQueue.Remove(feed.Key);
            return;
        }

        RefusedModel refused = new(feed.Model, engine.Models[feed.Model].Hash, served);
        if (!_byQueue.ContainsValue(refused))
        {
            WorkerLog.OtherModel(logger, worker, refused.Name, refused.Hash, refused.ServedHash);
        }

        _byQueue[feed.Key] = refused;
    }
}
