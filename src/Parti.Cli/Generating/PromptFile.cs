using System.Text;
using Parti.Training.Evaluation.Prompts;

namespace Parti.Cli.Generating;

/// <summary>Reads prompts: one a line, or the first column of a table in PartiPrompts' form.</summary>
internal static class PromptFile
{
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
    internal static IReadOnlyList<string> Parse(IReadOnlyList<string> lines) => [.. PromptList.OfText(lines).Select(entry => entry.Prompt)];
}
