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

    /// <summary>The paths under a folder, in no particular order; none where nothing is there.</summary>
    /// <param name="folder">A job's folder, or one above.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="ResultStoreException">The store cannot be read.</exception>
    IAsyncEnumerable<string> ListAsync(string folder, CancellationToken cancellationToken = default);
}

/// <summary>Makes links that anybody can read one picture with, for a while. Not every store can.</summary>
public interface IResultLinks
{
    /// <summary>A link, or null where this store has none.</summary>
    /// <param name="url">Path of the picture; it is not checked that it exists.</param>
    /// <param name="lifetime">How long the link works.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ResultStoreException">The store does not answer.</exception>
    Task<Uri?> CreateLinkAsync(string url, TimeSpan lifetime, CancellationToken cancellationToken = default);
}

/// <summary>A store cannot do what was asked. The message is one line that names the cause and the way out.</summary>
/// <param name="code">Stable code: <c>storage_full</c>, <c>storage_read_only</c>, <c>storage_path</c>, <c>storage_damaged</c>, <c>storage_unavailable</c> or <c>storage_failed</c>.</param>
/// <param name="message">One line.</param>
/// <param name="inner">What the system said.</param>
public sealed class ResultStoreException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable code in snake_case.</summary>
    public string Code { get; } = code;

    /// <summary>Whether the same call may succeed a moment later.</summary>
    public bool IsTransient { get; init; }
}
