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
        return Task.Run(() => _folder.TryCreate(full, stream => stream.Write(bytes.Span)) ? PutOutcome.Created : PutOutcome.AlreadyExists, cancellationToken);
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

    private string Resolve(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        bool plain = path.Split('/').All(part => part is not ("" or "." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'));
        return plain
            ? Path.Combine(_folder.Root, Path.Combine(path.Split('/')))
            : throw new ResultStoreException("storage_path", $"\"{path}\" is no result path; it consists of names of letters, digits, dashes and dots between single slashes.");
    }
}
