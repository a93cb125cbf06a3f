namespace Parti.Training.Data;

/// <summary>Resolves paths that a file names, so that data from elsewhere can show nothing but what lies in its own folder.</summary>
/// <param name="folder">The folder; it may itself be a link.</param>
sealed class ContainedPaths(string folder)
{
    readonly Dictionary<string, bool> _isPlain = new(StringComparer.Ordinal);

    /// <summary>The full path; null where it is empty, absolute, goes up, or passes over a link.</summary>
    /// <param name="path">Path below the folder.</param>
    internal string? Resolve(string path)
    {
        string[] parts = path.Split('/', '\\');
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0') || Path.IsPathRooted(path) || path[0] is '/' or '\\' || parts.Contains(".."))
        {
            return null;
        }
        string full = folder;
        string[] steps = OperatingSystem.IsWindows() ? parts : path.Split('/');
        foreach (string step in steps.Where(step => step is not ("" or ".")))
        {
            full = Path.Combine(full, step);
            // A step such as "C:" would start over.
            if (!full.StartsWith(folder, StringComparison.Ordinal) || !IsPlain(full, isLast: ReferenceEquals(step, steps[^1])))
            {
                return null;
            }
        }
        return full;
    }

    // Folders are looked at once for all their pictures.
    bool IsPlain(string path, bool isLast)
    {
        if (isLast)
        {
            return new FileInfo(path).LinkTarget is null;
        }
        if (!_isPlain.TryGetValue(path, out bool plain))
        {
            _isPlain[path] = plain = new DirectoryInfo(path).LinkTarget is null;
        }
        return plain;
    }
}
