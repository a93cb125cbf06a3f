using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Orleans.Storage;

namespace Parti.Grains.Storage;

/// <summary>
/// Grain state as one file per grain below a folder (<see cref="StateFile"/>); the body is JSON. Writers of one machine, in whatever process, are
/// kept apart by file locks, so that an ETag is checked and replaced in one step.
/// </summary>
/// <param name="root">The folder; it is made when first written to.</param>
public sealed class FileGrainStorage(string root) : IGrainStorage
{
    // A file that a record more would make larger than both is written anew.
    private const int MostBytes = 1 << 16;
    private const int MostRecords = 8;

    private readonly StoreFolder _folder = new(root, TimeProvider.System);
    private readonly FileLocks _locks = new(Path.Combine(Path.GetFullPath(root), ".locks"));

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        string path = PathOf(stateName, grainId);
        return Task.Run(() =>
        {
            StoredState? stored = StateFile.Read(path);
            grainState.RecordExists = stored is not null;
            grainState.ETag = stored?.ETag;
            grainState.State = stored is not null ? Deserialize<T>(path, stored.Body) : Activator.CreateInstance<T>();
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
            StoredState? stored = CheckETag(path, expected);
            string next = NextETag(expected);
            Put(path, stored, StateFile.ToRecord(next, body));
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

    private static StoredState? CheckETag(string path, string? expected)
    {
        StoredState? stored = StateFile.Read(path);
        return stored?.ETag == expected
            ? stored
            : throw new InconsistentStateException($"The state in {path} was changed by another activation.", stored?.ETag ?? "none", expected ?? "none");
    }

    private void Put(string path, StoredState? stored, byte[] record)
    {
        if (stored?.End is long end && end + record.Length <= Math.Max(MostBytes, MostRecords * (long)record.Length))
        {
            StoreFolder.Append(path, end, record);
        }
        else
        {
            _folder.Write(path, record);
        }
    }

    // Random digits tell a record apart from an earlier one that was cleared.
    private static string NextETag(string? current)
    {
        string[] parts = (current ?? $"0-{RandomNumberGenerator.GetHexString(8, lowercase: true)}").Split('-');
        return string.Create(CultureInfo.InvariantCulture, $"{long.Parse(parts[0], CultureInfo.InvariantCulture) + 1}-{parts[1]}");
    }

    private static T Deserialize<T>(string path, byte[] body)
    {
        try
        {
            return StateSerializer.FromBytes<T>(body) ?? throw StateFile.Damaged(path);
        }
        catch (JsonException exception)
        {
            throw StateFile.Damaged(path, exception);
        }
    }

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
