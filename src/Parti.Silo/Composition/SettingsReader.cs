using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Parti.Silo.Composition;

/// <summary>
/// Reads the keys below <c>Parti</c> and notes what is wrong with them: each message is one line that names the key, its value and what
/// is allowed. A key that nobody asked for is wrong too, so that a misspelt one is not quietly without effect.
/// </summary>
/// <param name="configuration">The whole configuration.</param>
public sealed class SettingsReader(IConfiguration configuration)
{
    /// <summary>The section all keys are in.</summary>
    public const string Root = "Parti";

    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _problems = [];

    /// <summary>What was wrong so far.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>A text, or null where the key has none.</summary>
    public string? Text(string key)
    {
        _known.Add(key);
        return configuration[$"{Root}:{key}"] is { } value && value.Trim() is { Length: > 0 } trimmed ? trimmed : null;
    }

    /// <summary>One of several words.</summary>
    public T Choice<T>(string key, T fallback)
        where T : struct, Enum
    {
        string? value = Text(key);
        return value is null ? fallback : TryWord(value, out T word) ? word : Refuse(key, value, Words<T>(), fallback);
    }

    /// <summary>Several words, separated by commas or given as a list.</summary>
    public IReadOnlyList<T>? Choices<T>(string key, IReadOnlyList<T> allowed)
        where T : struct, Enum
    {
        IReadOnlyList<string>? words = List(key);
        if (words is null)
        {
            return null;
        }

        List<T> chosen = [];
        foreach (string word in words)
        {
            if (TryWord(word, out T value) && allowed.Contains(value))
            {
                chosen.Add(value);
            }
            else
            {
                Refuse(key, word, string.Join(", ", allowed).ToLowerInvariant());
            }
        }

        return [.. chosen.Distinct()];
    }

    /// <summary>A whole number within limits.</summary>
    public int Integer(string key, int fallback, int minimum, int maximum)
    {
        string? value = Text(key);
        bool fits = int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= minimum && number <= maximum;
        return value is null ? fallback : fits ? number : Refuse(key, value, string.Create(CultureInfo.InvariantCulture, $"{minimum} to {maximum}"), fallback);
    }

    /// <summary>A whole number within limits, or null where the key has none.</summary>
    public int? OptionalInteger(string key, int minimum, int maximum) => Text(key) is null ? null : Integer(key, minimum, minimum, maximum);

    /// <summary>A time span such as <c>00:00:05</c> or <c>30.00:00:00</c>, within limits.</summary>
    public TimeSpan Duration(string key, TimeSpan fallback, TimeSpan minimum, TimeSpan maximum)
    {
        string? value = Text(key);

        // A bare number would be read as days, which nobody means.
        bool fits = value?.Contains(':', StringComparison.Ordinal) == true
            && TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out TimeSpan span) && span >= minimum && span <= maximum;
        return value is null ? fallback : fits ? TimeSpan.Parse(value, CultureInfo.InvariantCulture) : Refuse(key, value, $"{minimum} to {maximum}, written [days.]hours:minutes:seconds", fallback);
    }

    /// <summary>True or false.</summary>
    public bool Flag(string key, bool fallback)
    {
        string? value = Text(key);
        return value is null ? fallback : bool.TryParse(value, out bool flag) ? flag : Refuse(key, value, "true, false", fallback);
    }

    /// <summary>Several texts, separated by commas or given as a list; null where there is none.</summary>
    public IReadOnlyList<string>? List(string key)
    {
        _known.Add(key);
        IConfigurationSection section = configuration.GetSection($"{Root}:{key}");
        IEnumerable<string?> values = section.Value is { } joined ? joined.Split(',') : section.GetChildren().Select(child => child.Value);
        List<string> found = [.. values.OfType<string>().Select(value => value.Trim()).Where(value => value.Length > 0)];
        return found.Count > 0 ? found : null;
    }

    /// <summary>Notes a wrong value.</summary>
    public void Refuse(string key, string? value, string allowed) => _problems.Add($"{Root}:{key} is {value ?? "missing"}; allowed: {allowed}.");

    /// <summary>Notes every key that was not asked for.</summary>
    /// <param name="foreign">Sections that others read.</param>
    public void RefuseUnknown(params IReadOnlyList<string> foreign)
    {
        foreach (string key in Leaves().Where(key => !IsKnown(key) && !foreign.Any(section => IsBelow(key, section))))
        {
            _problems.Add($"{Root}:{key} is no setting; docs/configuration.md lists those there are.");
        }
    }

    private IEnumerable<string> Leaves() => configuration.GetSection(Root).AsEnumerable(makePathsRelative: true)
        .Where(pair => pair.Value is not null && pair.Key.Length > 0).Select(pair => pair.Key);

    // An element of a list is called key:0, key:1, …
    private bool IsKnown(string key) => _known.Contains(key) || _known.Any(known => IsBelow(key, known) && int.TryParse(key[(known.Length + 1)..], out _));

    private static bool IsBelow(string key, string section) => key.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase);

    private T Refuse<T>(string key, string value, string allowed, T fallback)
    {
        Refuse(key, value, allowed);
        return fallback;
    }

    // Enum.TryParse would take numbers too.
    private static bool TryWord<T>(string text, out T value)
        where T : struct, Enum => Enum.TryParse(text, ignoreCase: true, out value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]);

    private static string Words<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant();
}
