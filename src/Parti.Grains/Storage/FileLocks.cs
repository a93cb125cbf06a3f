using System.Text;

namespace Parti.Grains.Storage;

/// <summary>A fixed number of locks shared by every process that uses a folder.</summary>
/// <param name="folder">Where the lock files are.</param>
internal sealed class FileLocks(string folder)
{
    private const int Stripes = 64;
    private const int RetryMilliseconds = 5;

    private readonly SemaphoreSlim[] _local = [.. Enumerable.Range(0, Stripes).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Waits for the lock of a path. The system frees it when the process ends in whatever way.</summary>
    internal async Task<IDisposable> EnterAsync(string path)
    {
        int stripe = (int)(StableHash.Of(Encoding.UTF8.GetBytes(path)) % Stripes);
        await _local[stripe].WaitAsync();
        try
        {
            return new Guard(await OpenAsync(Path.Combine(folder, $"{stripe:00}")), _local[stripe]);
        }
        catch
        {
            _local[stripe].Release();
            throw;
        }
    }

    private async Task<FileStream> OpenAsync(string file)
    {
        while (true)
        {
            try
            {
                Directory.CreateDirectory(folder);
                return new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException exception) when (IsHeldByOther(exception))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(RetryMilliseconds), TimeProvider.System);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw StoreFolder.Explain(exception, file);
            }
        }
    }

    // EAGAIN of Linux and macOS, and the sharing violation of Windows.
    private static bool IsHeldByOther(IOException exception) => (exception.HResult & 0xffff) is 11 or 35 or 32;

    private sealed class Guard(FileStream stream, SemaphoreSlim local) : IDisposable
    {
        public void Dispose()
        {
            stream.Dispose();
            local.Release();
        }
    }
}
