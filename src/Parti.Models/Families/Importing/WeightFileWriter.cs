using System.Security.Cryptography;
using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>Writes one weight file block by block, hashing on the way, and goes on where a killed process stopped.</summary>
/// <param name="path">The file; it has another name until it is complete.</param>
/// <param name="weights">Its bytes.</param>
/// <param name="flushBytes">Bytes between two flushes to the disk: what a lost power supply can cost at most.</param>
internal sealed class WeightFileWriter(string path, StreamedWeights weights, long flushBytes = 256L << 20)
{

    private readonly string _partial = path + ImportJournal.PartialSuffix;

    /// <summary>Writes the file.</summary>
    /// <param name="durable">Bytes of an unfinished file that can be kept.</param>
    /// <param name="flushed">Told how many bytes are on the disk for certain.</param>
    /// <param name="progress">Told how many bytes were written since the last time.</param>
    /// <param name="cancellationToken">Stops between blocks; what was written stays.</param>
    /// <returns>Length and hash.</returns>
    internal ModelFile Write(long durable, Action<long> flushed, Action<long> progress, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (FileStream file = new(_partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16))
        {
            long position = Keep(file, durable, hash, cancellationToken), flushedAt = position;
            progress(position);
            foreach (ReadOnlyMemory<byte> block in weights.From(position))
            {
                cancellationToken.ThrowIfCancellationRequested();
                file.Write(block.Span);
                hash.AppendData(block.Span);
                position += block.Length;
                progress(block.Length);
                if (position - flushedAt >= flushBytes)
                {
                    file.Flush(flushToDisk: true);
                    flushed(flushedAt = position);
                }
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(_partial, path, overwrite: true);
        return new() { Bytes = weights.Length, Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset()) };
    }

    // What is not known to be on the disk is written again.
    private long Keep(FileStream file, long durable, IncrementalHash hash, CancellationToken cancellationToken)
    {
        byte[] header = new byte[weights.Header.Length];
        bool fits = durable >= header.Length && durable <= weights.Length && file.Length >= durable;
        if (!fits || file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header.AsSpan().SequenceEqual(weights.Header))
        {
            file.SetLength(0);
            return 0;
        }

        file.SetLength(durable);
        file.Position = 0;
        byte[] block = new byte[1 << 20];
        for (int read; (read = file.Read(block)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(block, 0, read);
        }

        return durable;
    }
}
