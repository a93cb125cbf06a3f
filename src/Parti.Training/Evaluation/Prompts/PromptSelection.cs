namespace Parti.Training.Evaluation.Prompts;

/// <summary>Which prompts of a list are taken; the order stays the list's, and of equal prompts the first counts.</summary>
public sealed record PromptSelection
{
    /// <summary>Most prompts in all, at least 1; null for no limit.</summary>
    public int? Limit { get; init; }

    /// <summary>Most prompts a category, at least 1; null for no limit.</summary>
    public int? PerCategory { get; init; }

    /// <summary>Only this category, as the list spells it but for the case of letters; null for every one.</summary>
    public string? Category { get; init; }

    /// <summary>Only this challenge, as the list spells it but for the case of letters; null for every one.</summary>
    public string? Challenge { get; init; }

    /// <summary>The prompts that are taken.</summary>
    /// <param name="entries">The list.</param>
    /// <returns>At least one prompt.</returns>
    /// <exception cref="ArgumentException">The list lacks the category or the challenge, or no prompt has both.</exception>
    public IReadOnlyList<PromptEntry> From(IReadOnlyList<PromptEntry> entries)
    {
        Require("category", Category, entries.Select(entry => entry.Category));
        Require("challenge", Challenge, entries.Select(entry => entry.Challenge));
        PromptEntry[] taken = [.. entries.Where(entry => Is(entry.Category, Category) && Is(entry.Challenge, Challenge)).DistinctBy(entry => entry.Prompt)];
        if (taken.Length == 0)
        {
            throw new ArgumentException($"category is \"{Category}\" and challenge is \"{Challenge}\", allowed is a pair that a prompt has; leave one out.");
        }
        Dictionary<string, int> seen = [];
        IEnumerable<PromptEntry> few = taken.Where(entry => (seen[entry.Category] = seen.GetValueOrDefault(entry.Category) + 1) <= (PerCategory ?? int.MaxValue));
        return [.. few.Take(Limit ?? int.MaxValue)];
    }

    static void Require(string what, string? asked, IEnumerable<string> there)
    {
        if (asked is not null && !there.Any(name => Is(name, asked)))
        {
            string names = string.Join(", ", there.Where(name => name.Length > 0).Distinct().Order(StringComparer.Ordinal));
            throw new ArgumentException($"{what} is \"{asked}\", allowed is {(names.Length > 0 ? $"one of {names}" : $"none, as the list names no {what}; leave it out")}.");
        }
    }

    static bool Is(string name, string? asked) => asked is null || name.Equals(asked, StringComparison.OrdinalIgnoreCase);
}
