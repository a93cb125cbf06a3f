using System.Text.Json;

namespace Parti.Training.Evaluation.Prompts;

/// <summary>
/// Reads lists of prompts: a table as PartiPrompts has it (Parti §5.1; tab separated, with a header that names the column <c>Prompt</c>,
/// and without quoting, as prompts hold quotation marks), JSON lines with a property <c>prompt</c>, or a prompt a line.
/// </summary>
public static class PromptList
{
    const string PromptName = "prompt", CategoryName = "category", ChallengeName = "challenge", NoteName = "note";

    /// <summary>Reads a file in UTF-8.</summary>
    /// <param name="path">The file; one that ends in <c>.jsonl</c> holds JSON lines.</param>
    /// <returns>The prompts in the order of the file, at least one; empty lines are left out.</returns>
    /// <exception cref="InvalidDataException">The file cannot be read, is malformed or holds no prompt.</exception>
    public static IReadOnlyList<PromptEntry> Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path} cannot be read: {error.Message.TrimEnd('.')}. Name a list of prompts.", error);
        }
        IReadOnlyList<PromptEntry> entries = Path.GetExtension(path).Equals(".jsonl", StringComparison.OrdinalIgnoreCase) ? OfJson(lines, path) : OfText(lines);
        return entries.Count > 0 ? entries : throw new InvalidDataException($"{path} holds no prompt; write one a line.");
    }

    /// <summary>The prompts of a table, or of lines where the first one is no header.</summary>
    /// <param name="lines">Lines.</param>
    public static IReadOnlyList<PromptEntry> OfText(IReadOnlyList<string> lines)
    {
        string[] header = lines.Count > 0 ? [.. lines[0].Split('\t').Select(name => name.Trim().ToLowerInvariant())] : [];
        return header.Length > 1 && header.Contains(PromptName)
            ? Kept(lines.Skip(1).Select(line => OfRow(header, line.Split('\t'))))
            : Kept(lines.Select(line => new PromptEntry(line.Trim())));
    }

    static PromptEntry OfRow(string[] header, string[] cells)
    {
        return new(Cell(PromptName), Cell(CategoryName), Cell(ChallengeName), Cell(NoteName));

        string Cell(string name) => (cells.ElementAtOrDefault(Array.IndexOf(header, name) is >= 0 and int column ? column : cells.Length) ?? "").Trim();
    }

    static IReadOnlyList<PromptEntry> OfJson(IReadOnlyList<string> lines, string path) =>
        Kept(lines.Select((line, i) => line.Trim().Length == 0 ? new("") : OfJson(line, $"{path}, line {i + 1}")));

    static PromptEntry OfJson(string line, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind == JsonValueKind.Object && Text(document, PromptName) is { } prompt)
            {
                return new(prompt, Text(document, CategoryName) ?? "", Text(document, ChallengeName) ?? "", Text(document, NoteName) ?? "");
            }
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{place} is no JSON: {error.Message.ReplaceLineEndings(" ")}", error);
        }
        throw new InvalidDataException($"{place} has no text \"{PromptName}\", allowed is an object such as {{\"{PromptName}\": \"a red circle\"}}.");
    }

    static string? Text(JsonDocument document, string name)
    {
        JsonElement value = document.RootElement.EnumerateObject()
            .FirstOrDefault(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
        return value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : null;
    }

    static IReadOnlyList<PromptEntry> Kept(IEnumerable<PromptEntry> entries) => [.. entries.Where(entry => entry.Prompt.Length > 0)];
}
