using Parti.Abstractions;

namespace Parti.Grains.Storage;

/// <summary>What became of a write.</summary>
public enum PutOutcome
{
    /// <summary>The bytes are durable.</summary>
    Created = 0,

    /// <summary>Something was there before; it stays as it is.</summary>
    AlreadyExists = 1,
}

/// <summary>Holds pictures by path. A path is written once and never changes.</summary>
public interface IResultStore : IResultReader
{
    /// <summary>Writes bytes durably unless something is there.</summary>
    /// <param name="path">Relative, with forward slashes.</param>
    /// <param name="bytes">Content.</param>
    /// <param name="cancellationToken">Gives up; leaves nothing half-written.</param>
    /// <exception cref="ResultStoreException">The store cannot write; nothing is left behind.</exception>
    Task<PutOutcome> PutAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default);

    /// <summary>Removes everything under a folder; nothing there is no error.</summary>
    /// <exception cref="ResultStoreException">The store cannot remove it.</exception>
    Task DeleteAsync(string folder, CancellationToken cancellationToken = default);
}

/// <summary>A store cannot do what was asked. The message is one line that names the cause and the way out.</summary>
/// <param name="code">Stable code: <c>storage_full</c>, <c>storage_read_only</c>, <c>storage_path</c>, <c>storage_damaged</c> or <c>storage_failed</c>.</param>
/// <param name="message">One line.</param>
/// <param name="inner">What the system said.</param>
public sealed class ResultStoreException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable code in snake_case.</summary>
    public string Code { get; } = code;
}
