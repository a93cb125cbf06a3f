using System.Text;

namespace Parti.Cli.Generating;

/// <summary>Reads prompts: one a line, or the first column of a table in PartiPrompts' form.</summary>
internal static class PromptFile
{
    private const string PromptColumn = "Prompt";

    /// <summary>The prompts, empty lines left out.</summary>
    /// <exception cref="UsageException">The file cannot be read or has no prompt.</exception>
    internal static IReadOnlyList<string> Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path, Encoding.UTF8);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--prompts {path} cannot be read: {error.Message}");
        }

        IReadOnlyList<string> prompts = Parse(lines);
        return prompts.Count > 0 ? prompts : throw new UsageException($"--prompts {path} has no prompt; write one a line.");
    }

    /// <summary>The prompts of some lines.</summary>
    internal static IReadOnlyList<string> Parse(IReadOnlyList<string> lines)
    {
        string[] columns = lines.Count > 0 ? lines[0].Split('\t') : [];
        int column = columns.Length > 1 ? Array.IndexOf(columns, PromptColumn) : -1;
        IEnumerable<string> prompts = column < 0
            ? lines
            : lines.Skip(1).Select(line => line.Split('\t').ElementAtOrDefault(column) ?? string.Empty);
        return [.. prompts.Select(prompt => prompt.Trim()).Where(prompt => prompt.Length > 0)];
    }
}
