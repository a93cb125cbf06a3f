using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Orleans.Storage;

namespace Parti.Grains.Storage;

/// <summary>
/// Grain state as one file per grain below a folder. The file is a header line (format, SHA-256 of the body, ETag) and a
/// JSON body. Writers of one machine, in whatever process, are kept apart by file locks, so that an ETag is checked and
/// replaced in one step.
/// </summary>
/// <param name="root">The folder; it is made when first written to.</param>
public sealed class FileGrainStorage(string root) : IGrainStorage
{
    private const string Magic = "parti-state-1";

    private readonly StoreFolder _folder = new(root, TimeProvider.System);
    private readonly FileLocks _locks = new(Path.Combine(Path.GetFullPath(root), ".locks"));

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        string path = PathOf(stateName, grainId);
        return Task.Run(() =>
        {
            (string ETag, byte[] Content)? stored = ReadFile(path);
            grainState.RecordExists = stored is not null;
            grainState.ETag = stored?.ETag;
            grainState.State = stored is { } found ? Deserialize<T>(path, found.Content) : Activator.CreateInstance<T>();
        });
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        string path = PathOf(stateName, grainId);

        // On the caller's scheduler, so that the state cannot change while it is read.
        byte[] body = StateSerializer.ToBytes(grainState.State);
        string? expected = grainState.ETag;
        return StoreThreads.RunAsync(async () =>
        {
            using IDisposable guard = await _locks.EnterAsync(path);
            CheckETag(path, expected);
            string next = NextETag(expected);
            string header = $"{Magic} {Convert.ToHexStringLower(SHA256.HashData(body))} {next}\n";
            _folder.Write(path, stream =>
            {
                stream.Write(Encoding.ASCII.GetBytes(header));
                stream.Write(body);
            });
            grainState.ETag = next;
            grainState.RecordExists = true;
        });
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        string path = PathOf(stateName, grainId);
        string? expected = grainState.ETag;
        return StoreThreads.RunAsync(async () =>
        {
            using IDisposable guard = await _locks.EnterAsync(path);
            CheckETag(path, expected);
            try
            {
                File.Delete(path);
            }
            catch (Exception exception) when (exception is UnauthorizedAccessException or (IOException and not DirectoryNotFoundException))
            {
                throw StoreFolder.Explain(exception, path);
            }
            catch (DirectoryNotFoundException)
            {
                // Never written.
            }

            grainState.ETag = null;
            grainState.RecordExists = false;
            grainState.State = Activator.CreateInstance<T>();
        });
    }

    private static void CheckETag(string path, string? expected)
    {
        string? stored = ReadETag(path);
        if (stored != expected)
        {
            throw new InconsistentStateException(
                $"The state in {path} was changed by another activation.", stored ?? "none", expected ?? "none");
        }
    }

    // Random digits tell a record apart from an earlier one that was cleared.
    private static string NextETag(string? current)
    {
        string[] parts = (current ?? $"0-{RandomNumberGenerator.GetHexString(8, lowercase: true)}").Split('-');
        return string.Create(CultureInfo.InvariantCulture, $"{long.Parse(parts[0], CultureInfo.InvariantCulture) + 1}-{parts[1]}");
    }

    private static string? ReadETag(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            Span<byte> head = stackalloc byte[160];
            int read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return ParseHeader(path, head[..read]).ETag;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static (string ETag, byte[] Body)? ReadFile(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        (string hash, string etag, int length) = ParseHeader(path, bytes);
        byte[] body = bytes[length..];
        return Convert.ToHexStringLower(SHA256.HashData(body)) == hash ? (etag, body) : throw Damaged(path);
    }

    private static (string Hash, string ETag, int Length) ParseHeader(string path, ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)'\n');
        string[] parts = end < 0 ? [] : Encoding.ASCII.GetString(bytes[..end]).Split(' ');
        return parts is [Magic, { Length: 64 }, { Length: > 0 }] ? (parts[1], parts[2], end + 1) : throw Damaged(path);
    }

    private static T Deserialize<T>(string path, byte[] body)
    {
        try
        {
            return StateSerializer.FromBytes<T>(body) ?? throw Damaged(path);
        }
        catch (JsonException exception)
        {
            throw Damaged(path, exception);
        }
    }

    private static ResultStoreException Damaged(string path, Exception? inner = null) =>
        new("storage_damaged", $"The state file {path} is damaged; restore it from a copy or move it away.", inner);

    private string PathOf(string stateName, GrainId grainId)
    {
        string key = grainId.Key.ToString() ?? string.Empty;
        string name = new([.. key.SelectMany(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'
            ? c.ToString()
            : string.Create(CultureInfo.InvariantCulture, $"%{(int)c:x2}"))]);
        if (name.Length > 180)
        {
            name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        }

        return Path.Combine(_folder.Root, grainId.Type.ToString() ?? "grain", $"{name}.{stateName}");
    }
}
