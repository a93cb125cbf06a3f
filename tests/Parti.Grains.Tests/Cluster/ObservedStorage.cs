using Orleans.Storage;
using Parti.Grains.Catalog;
using Parti.Grains.Jobs;

namespace Parti.Grains.Tests.Cluster;

/// <summary>Tells of every job record that reached the disk, and can delay or refuse it.</summary>
public sealed class ObservedStorage(IGrainStorage inner) : IGrainStorage
{
    /// <summary>Called after each write of a job.</summary>
    public Action<JobRecord>? Written { get; set; }

    /// <summary>Called after each write of a catalog's page.</summary>
    public Action<CatalogPage>? Listed { get; set; }

    /// <summary>Thrown by writes, while set.</summary>
    public Exception? WriteFailure { get; set; }

    /// <summary>Awaited before each write of a job, while set.</summary>
    public Func<JobRecord, Task>? Writing { get; set; }

    /// <summary>Awaited before each write of a catalog's page, while set.</summary>
    public Func<CatalogPage, Task>? Listing { get; set; }

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
        if (record is not null && Writing is { } writing)
        {
            await writing(record);
        }

        if (grainState.State is CatalogPage listed && Listing is { } listing)
        {
            await listing(listed);
        }

        await inner.WriteStateAsync(stateName, grainId, grainState);
        if (record is not null)
        {
            Written?.Invoke(record);
        }
        else if (grainState.State is CatalogPage page)
        {
            Listed?.Invoke(page);
        }
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteFailure is null ? inner.ClearStateAsync(stateName, grainId, grainState) : Task.FromException(WriteFailure);
}
