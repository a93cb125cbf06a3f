using System.Security.Cryptography;

namespace Parti.Models.Checkpoints;

/// <summary>Hashes of files.</summary>
internal static class FileHash
{
    private const int BlockBytes = 1 << 20;

    /// <summary>SHA-256 of a file, 64 lower-case hexadecimal digits.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    internal static string Sha256(string path, CancellationToken cancellationToken)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        return Sha256(file, cancellationToken);
    }

    /// <summary>SHA-256 of the rest of a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    internal static string Sha256(Stream stream, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[BlockBytes];
        for (int read; (read = stream.Read(block)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(block, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
