namespace Parti.Testing;

/// <summary>Finds the programs that eng/test.sh installs.</summary>
public static class Programs
{
    /// <summary>The full path of a program, or a skipped test where it cannot be had.</summary>
    public static string Require(string name, params IEnumerable<string> alsoIn)
    {
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Concat(alsoIn);
        string? found = folders.Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, $"{name} is not installed; eng/test.sh installs it where it can.");
        return found!;
    }

    /// <summary>The folder of the repository, above the tests' output.</summary>
    public static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Parti.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"No Parti.sln above {AppContext.BaseDirectory}.");
    }
}
