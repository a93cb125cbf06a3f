namespace Parti.Models.Checkpoints;

/// <summary>Whether a file of a model is what its manifest says.</summary>
/// <param name="Name">The file's name in the manifest.</param>
/// <param name="Ok">Whether size and hash fit.</param>
/// <param name="Message">One line: <c>ok</c>, or what differs and the name of the file.</param>
public sealed record ModelFileCheck(string Name, bool Ok, string Message)
{
    internal static ModelFileCheck Of(string name, string path, ModelFile expected, CancellationToken cancellationToken)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
            if (file.Length != expected.Bytes)
            {
                return new(name, false, $"{name} has {file.Length} bytes; model.json says {expected.Bytes}.");
            }
            string found = FileHash.Sha256(file, cancellationToken);
            return found == expected.Sha256
                ? new(name, true, "ok")
                : new(name, false, $"{name} has SHA-256 {found}; model.json says {expected.Sha256}.");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return new(name, false, $"{name} is missing.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(name, false, $"{name} cannot be read: {error.Message}");
        }
    }
}
