namespace Parti.Client;

/// <summary>Writes files that a reader sees whole or not at all.</summary>
internal static class WholeFile
{
    /// <summary>Writes a stream to a temporary name beside the file and renames it.</summary>
    internal static async Task WriteAsync(string path, Stream content, CancellationToken cancellationToken)
    {
        string part = $"{path}.{Environment.ProcessId}.part";
        try
        {
            await using (FileStream file = new(part, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                await content.CopyToAsync(file, cancellationToken);
            }

            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }
}
