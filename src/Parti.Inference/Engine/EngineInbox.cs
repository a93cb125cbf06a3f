using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Parti.Inference.Engine;

/// <summary>Requests that the engine's thread has not seen yet. Any thread may post.</summary>
sealed class EngineInbox
{
    readonly ConcurrentQueue<SampleJob> _samples = new();
    readonly ConcurrentQueue<StageJob> _stages = new();

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => _samples.IsEmpty && _stages.IsEmpty;

    /// <summary>Leaves an image to sample.</summary>
    public void Post(SampleJob job) => _samples.Enqueue(job);

    /// <summary>Leaves work of another stage.</summary>
    public void Post(StageJob job) => _stages.Enqueue(job);

    /// <summary>Takes the oldest image.</summary>
    public bool TryTake([NotNullWhen(true)] out SampleJob? job) => _samples.TryDequeue(out job);

    /// <summary>Takes the oldest work of another stage.</summary>
    public bool TryTake([NotNullWhen(true)] out StageJob? job) => _stages.TryDequeue(out job);

    /// <summary>Fails what no turn has taken yet; may be called from any thread once no turn comes any more.</summary>
    public void Abandon(EngineRequestException error)
    {
        while (TryTake(out SampleJob? job))
        {
            job.Fail(error);
        }
        while (TryTake(out StageJob? job))
        {
            job.Fail(error);
        }
    }
}
