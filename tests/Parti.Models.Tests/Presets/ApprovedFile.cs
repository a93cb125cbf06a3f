namespace Parti.Models.Tests.Presets;

/// <summary>
/// Text that a person has read and committed. With <c>PARTI_APPROVE=1</c> in the environment the files in the source tree are written
/// anew instead of compared; the difference is then reviewed like any other change.
/// </summary>
static class ApprovedFile
{
    internal static void Check(string name, IReadOnlyList<string> found)
    {
        if (Environment.GetEnvironmentVariable("PARTI_APPROVE") == "1")
        {
            File.WriteAllText(Path.Combine(SourceFolder(), name), string.Concat(found.Select(line => line + "\n")));
            return;
        }
        string path = Path.Combine(AppContext.BaseDirectory, "Approved", name);
        string[] approved = File.Exists(path) ? File.ReadAllLines(path) : [];
        string? difference = Difference(approved, found);
        Assert.True(difference is null, $"Approved/{name}, {difference} PARTI_APPROVE=1 renews the file.");
    }

    internal static string? Difference(IReadOnlyList<string> approved, IReadOnlyList<string> found)
    {
        for (int i = 0; i < Math.Max(approved.Count, found.Count); i++)
        {
            (string? expected, string? actual) = (approved.ElementAtOrDefault(i), found.ElementAtOrDefault(i));
            if (expected != actual)
            {
                return $"line {i + 1}: approved \"{expected ?? "(end)"}\", found \"{actual ?? "(end)"}\".";
            }
        }
        return null;
    }

    static string SourceFolder()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Parti.sln")))
        {
            folder = folder.Parent;
        }
        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException($"No Parti.sln above {AppContext.BaseDirectory}."), "tests", "Parti.Models.Tests", "Approved");
    }
}
