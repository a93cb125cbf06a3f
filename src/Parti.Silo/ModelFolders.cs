namespace Parti.Silo;

/// <summary>Where models are looked for.</summary>
public static class ModelFolders
{
    private const string Name = "models";

    /// <summary>
    /// The folders given, or where none is: <c>models</c> beside the program, then <c>models</c> in the current folder and in
    /// each folder above either of them.
    /// </summary>
    /// <param name="given">Folders a person named, in order of precedence.</param>
    public static IReadOnlyList<string> Search(IReadOnlyList<string>? given = null)
    {
        if (given is { Count: > 0 })
        {
            return [.. given.Select(Path.GetFullPath)];
        }

        string program = AppContext.BaseDirectory;
        string[] all = [.. Above(program).Concat(Above(Directory.GetCurrentDirectory())).Distinct(StringComparer.Ordinal)];
        string[] existing = [.. all.Where(Directory.Exists)];
        return existing.Length > 0 ? existing : [Path.Combine(program, Name)];
    }

    private static IEnumerable<string> Above(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, Name);
        }
    }
}
