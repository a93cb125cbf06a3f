using Parti.Abstractions;
using Parti.Models.Checkpoints;

namespace Parti.Cli.Generating;

/// <summary>Where the pictures of a run go. A reader never sees half a file.</summary>
internal sealed class PictureFiles
{
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".webp"];
    private readonly string? _file;
    private readonly string _folder;

    /// <summary>Checks that the pictures can be written before any is made.</summary>
    /// <param name="output">File or folder; null for the current folder.</param>
    /// <param name="pictures">How many there will be.</param>
    /// <exception cref="UsageException">Several pictures, one file.</exception>
    /// <exception cref="CommandFailedException">Nothing can be written there.</exception>
    internal PictureFiles(string? output, int pictures)
    {
        if (output is not null && IsFile(output))
        {
            _file = Path.GetFullPath(output);
            if (pictures > 1)
            {
                throw new UsageException($"--output {output} is one file and there will be {pictures} pictures; name a folder.");
            }
        }

        _folder = _file is null ? Path.GetFullPath(output ?? ".") : Path.GetDirectoryName(_file)!;
        Probe();
    }

    /// <summary>Whether an output names a picture file rather than a folder.</summary>
    internal static bool IsFile(string output) =>
        !Directory.Exists(output) && Endings.Contains(Path.GetExtension(output).ToLowerInvariant(), StringComparer.Ordinal);

    /// <summary>The path of a picture.</summary>
    internal string PathOf(string job, int image, OutputFormat format) =>
        _file ?? Path.Combine(_folder, $"parti-{job}-{image}.{format.Extension()}");

    /// <summary>Writes a picture in one step.</summary>
    /// <exception cref="CommandFailedException">It cannot be written.</exception>
    internal static async Task WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        string part = $"{path}.{Environment.ProcessId}.part";
        try
        {
            await File.WriteAllBytesAsync(part, bytes, cancellationToken);
            File.Move(part, path, overwrite: true);
        }
        catch (Exception error)
        {
            TryDelete(part);
            if (error is IOException or UnauthorizedAccessException)
            {
                throw Unwritable(path, error, " The finished picture stays in the state folder.");
            }

            throw;
        }
    }

    /// <summary>Removes a file if that is possible.</summary>
    internal static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It stays; nothing depends on it.
        }
    }

    private void Probe()
    {
        try
        {
            Directory.CreateDirectory(_folder);
            string probe = Path.Combine(_folder, $".parti-{Environment.ProcessId}.part");
            using FileStream file = new(probe, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(_folder, error, "");
        }
    }

    private static CommandFailedException Unwritable(string path, Exception error, string more)
    {
        string reason = FileFaults.Of(error) switch
        {
            FileFault.Full => "the disk is full",
            FileFault.ReadOnly => "it is read-only or belongs to somebody else",
            _ => error.Message.TrimEnd('.'),
        };
        return new($"{path} cannot be written: {reason}. Name another place with --output.{more}");
    }
}
