using Orleans.Storage;
using Parti.Grains.Jobs;

namespace Parti.Grains.Tests.Cluster;

/// <summary>Tells of every job record that reached the disk, and can refuse to write.</summary>
public sealed class ObservedStorage(IGrainStorage inner) : IGrainStorage
{
    /// <summary>Called after each write of a job.</summary>
    public Action<JobRecord>? Written { get; set; }

    /// <summary>Thrown by writes, while set.</summary>
    public Exception? WriteFailure { get; set; }

    /// <summary>Ends when a written record fulfils a condition.</summary>
    public Task WhenWritten(Func<JobRecord, bool> condition)
    {
        TaskCompletionSource found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Written += record =>
        {
            if (condition(record))
            {
                found.TrySetResult();
            }
        };
        return found.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ReadStateAsync(stateName, grainId, grainState);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (WriteFailure is not null)
        {
            throw WriteFailure;
        }

        JobRecord? record = (grainState.State as JobGrainState)?.Record;
        await inner.WriteStateAsync(stateName, grainId, grainState);
        if (record is not null)
        {
            Written?.Invoke(record);
        }
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ClearStateAsync(stateName, grainId, grainState);
}
