using System.Runtime.CompilerServices;

namespace Parti.Grains.Storage;

/// <summary>Pictures as files below one folder.</summary>
public sealed class FileResultStore : IResultStore
{
    private readonly StoreFolder _folder;

    /// <summary>Opens the folder; it is made when first written to.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="time">The clock; tells leftovers of a killed process from files being written.</param>
    public FileResultStore(string root, TimeProvider time) => _folder = new(root, time);

    /// <inheritdoc/>
    public Task<PutOutcome> PutAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        string full = Resolve(path);
        return StoreThreads.RunAsync(() => _folder.TryCreate(full, bytes) ? PutOutcome.Created : PutOutcome.AlreadyExists, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<byte[]?> ReadAsync(string url, CancellationToken cancellationToken = default)
    {
        string full = Resolve(url);
        try
        {
            return await File.ReadAllBytesAsync(full, cancellationToken);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string folder, CancellationToken cancellationToken = default)
    {
        string full = Resolve(folder);
        return Task.Run(
            () =>
            {
                try
                {
                    Directory.Delete(full, recursive: true);
                }
                catch (DirectoryNotFoundException)
                {
                    // Gone already, which is what was asked for.
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    throw new ResultStoreException("storage_failed", $"Cannot delete {full}: {exception.Message}", exception);
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string full = Resolve(folder);
        string[] files = await Task.Run(() => Directory.Exists(full) ? Directory.GetFiles(full, "*", SearchOption.AllDirectories) : [], cancellationToken);
        foreach (string file in files)
        {
            yield return Path.GetRelativePath(_folder.Root, file).Replace(Path.DirectorySeparatorChar, '/');
        }
    }

    private string Resolve(string path)
    {
        ResultPaths.Require(path);
        return Path.Combine(_folder.Root, Path.Combine(path.Split('/')));
    }
}
