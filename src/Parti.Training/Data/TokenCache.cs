using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Parti.Models.Checkpoints;

namespace Parti.Training.Data;

/// <summary>
/// Image tokens on disk by <see cref="IExamples.Key"/>, so that later epochs need not encode pictures again. Each row is followed by a check
/// over key and row: what a killed process or lost power left half written is read as missing. Safe for use by many threads and processes.
/// </summary>
/// <remarks>
/// 4,096 bytes of header: "PARTITOK", 32 bytes of SHA-256 of the binding, its length, its text. Then a row per key: tokens as little-endian
/// uint16 or int32, 8 bytes of SHA-256 over key and tokens. The file is as long as its last row; file systems keep no blocks for gaps.
/// </remarks>
public sealed class TokenCache : IDisposable
{
    const int CheckBytes = 8;

    readonly SafeFileHandle _handle;
    readonly TokenCacheBinding _binding;
    readonly string _file;
    readonly int _width;

    TokenCache(string file, SafeFileHandle handle, TokenCacheBinding binding)
    {
        (_file, _handle, _binding, _width) = (file, handle, binding, binding.Codes <= 1 << 16 ? 2 : 4);
    }

    int RowBytes => _binding.Tokens * _width;

    /// <summary>Opens a cache, or begins an empty one where there is none.</summary>
    /// <param name="file">File.</param>
    /// <param name="binding">What its tokens must depend on.</param>
    /// <param name="replace">Whether a cache of another binding is deleted; else it is refused. A file that is no cache always is.</param>
    /// <exception cref="DataException">The file is of another binding, no token cache, or cannot be read or written.</exception>
    /// <exception cref="ArgumentException">A number of the binding is out of its range.</exception>
    public static TokenCache Open(string file, TokenCacheBinding binding, bool replace = false)
    {
        ArgumentNullException.ThrowIfNull(binding);
        if (binding is not { Size: >= 1, Keys: >= 1, Tokens: >= 1 and <= 1 << 20, Codes: >= 2 } || binding.Keys > (long.MaxValue >> 24))
        {
            throw new ArgumentException($"{binding.Text}: all numbers must be 1 and more, keys at most 2^39, tokens 2^20, codes at least 2.", nameof(binding));
        }
        try
        {
            AtomicFile.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            byte[] header = TokenCacheHeader.Of(binding);
            AtomicFile.TryCreate(file, stream => stream.Write(header));
            if (TokenCacheHeader.Refusal(file, header, out bool isOther) is { } refusal)
            {
                AtomicFile.Write(file, replace && isOther ? stream => stream.Write(header) : throw new DataException(refusal));
            }
            return new(file, File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), binding);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{file}: cannot be opened as token cache: {error.Message}", error);
        }
    }

    /// <summary>The tokens of a picture.</summary>
    /// <param name="key">0 to keys - 1.</param>
    /// <param name="tokens">Receives as many as the binding says; untouched where none are kept.</param>
    /// <returns>False where none are kept.</returns>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public bool TryRead(long key, Span<int> tokens)
    {
        Require(key, tokens.Length);
        byte[] bytes = new byte[RowBytes + CheckBytes];
        try
        {
            if (!FileBytes.Fill(_handle, bytes, At(key)))
            {
                return false;
            }
        }
        catch (IOException error)
        {
            throw new DataException($"{_file}: cannot be read: {error.Message}", error);
        }
        Span<byte> row = bytes.AsSpan(0, RowBytes);
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(RowBytes)) != Check(key, row))
        {
            return false;
        }
        for (int i = 0; i < tokens.Length; i++)
        {
            tokens[i] = _width == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(row[(2 * i)..]) : BinaryPrimitives.ReadInt32LittleEndian(row[(4 * i)..]);
        }
        return true;
    }

    /// <summary>Keeps the tokens of a picture. Several writers of one key may only bring the same.</summary>
    /// <param name="key">0 to keys - 1; <see cref="Example.Key"/> of the picture that was encoded.</param>
    /// <param name="tokens">As many as the binding says, each 0 to codes - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Key, number of tokens or a token is out of its range.</exception>
    /// <exception cref="DataException">The file cannot be written, such as on a full disk.</exception>
    public void Write(long key, ReadOnlySpan<int> tokens)
    {
        Require(key, tokens.Length);
        byte[] bytes = new byte[RowBytes + CheckBytes];
        for (int i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] < 0 || tokens[i] >= _binding.Codes)
            {
                throw new ArgumentOutOfRangeException(nameof(tokens), tokens[i], $"token {i} must be 0 to {_binding.Codes - 1}");
            }
            Put(bytes.AsSpan(i * _width), tokens[i]);
        }
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(RowBytes), Check(key, bytes.AsSpan(0, RowBytes)));
        try
        {
            RandomAccess.Write(_handle, bytes, At(key));
        }
        catch (IOException error)
        {
            throw new DataException($"{_file}: cannot be written: {error.Message} Make room, or train without a token cache.", error);
        }
    }

    /// <summary>How many pictures have tokens here; reads the whole file.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public long CountKept()
    {
        int[] tokens = new int[_binding.Tokens];
        long rows = (RandomAccess.GetLength(_handle) - TokenCacheHeader.Bytes) / (RowBytes + CheckBytes), kept = 0;
        for (long key = 0; key < Math.Min(rows, _binding.Keys); key++)
        {
            kept += TryRead(key, tokens) ? 1 : 0;
        }
        return kept;
    }

    /// <inheritdoc />
    public void Dispose() => _handle.Dispose();

    long At(long key) => TokenCacheHeader.Bytes + key * (RowBytes + CheckBytes);

    void Require(long key, int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(key);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(key, _binding.Keys);
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokens, _binding.Tokens);
    }

    void Put(Span<byte> target, int token)
    {
        if (_width == 2)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)token);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(target, token);
        }
    }

    // Never 0, which is what gaps read as.
    static ulong Check(long key, ReadOnlySpan<byte> row)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[32];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, key);
        hash.AppendData(bytes[..8]);
        hash.AppendData(row);
        hash.GetHashAndReset(bytes);
        return Math.Max(1, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
    }
}
