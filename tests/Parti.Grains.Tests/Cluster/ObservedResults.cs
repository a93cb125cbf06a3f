using Parti.Grains.Storage;

namespace Parti.Grains.Tests.Cluster;

/// <summary>Tells of every result that is written or removed, and can delay writing.</summary>
public sealed class ObservedResults(IResultStore inner) : IResultStore
{
    /// <summary>Awaited before each write, while set.</summary>
    public Func<string, Task>? Putting { get; set; }

    /// <summary>Called after each write.</summary>
    public Action<string>? Put { get; set; }

    /// <summary>Called before each removal of a folder.</summary>
    public Action<string>? Deleting { get; set; }

    public async Task<PutOutcome> PutAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        await (Putting?.Invoke(path) ?? Task.CompletedTask);
        PutOutcome outcome = await inner.PutAsync(path, bytes, cancellationToken);
        Put?.Invoke(path);
        return outcome;
    }

    public Task DeleteAsync(string folder, CancellationToken cancellationToken = default)
    {
        Deleting?.Invoke(folder);
        return inner.DeleteAsync(folder, cancellationToken);
    }

    public IAsyncEnumerable<string> ListAsync(string folder, CancellationToken cancellationToken = default) => inner.ListAsync(folder, cancellationToken);

    public Task<byte[]?> ReadAsync(string url, CancellationToken cancellationToken = default) => inner.ReadAsync(url, cancellationToken);
}
