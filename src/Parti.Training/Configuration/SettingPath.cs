using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Parti.Training.Runs;

namespace Parti.Training.Configuration;

/// <summary>Settings named by their place, such as <c>rates.falls[0].rate</c>.</summary>
static partial class SettingPath
{
    /// <summary>Sets one setting.</summary>
    /// <param name="settings">Settings; changed.</param>
    /// <param name="assignment"><c>name=value</c>; the value is JSON, or else text.</param>
    /// <exception cref="SettingException">There is no such setting, or it is no assignment.</exception>
    public static void Assign(JsonObject settings, string assignment)
    {
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
        {
            throw new SettingException($"\"{assignment}\" is no setting; write name=value, such as batch=8.");
        }
        (string name, JsonNode? value) = (assignment[..equals], Value(assignment[(equals + 1)..]));
        object[] steps = [.. Step().Matches(name).Select(m => m.Groups[1].Success ? m.Groups[1].Value : (object)int.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture))];
        JsonNode? place = settings;
        foreach (object step in steps.SkipLast(1))
        {
            place = Inner(place, step) ?? throw Unknown(settings, name);
        }
        if (steps.Length == 0 || !Has(place, steps[^1]))
        {
            throw Unknown(settings, name);
        }
        Replace(place!, steps[^1], value);
    }

    static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    static bool Has(JsonNode? place, object step) => step switch
    {
        string key => place is JsonObject inner && inner.ContainsKey(key),
        _ => place is JsonArray list && (int)step < list.Count,
    };

    static JsonNode? Inner(JsonNode? place, object step) => Has(place, step) ? step is string key ? place![key] : place![(int)step] : null;

    static void Replace(JsonNode place, object step, JsonNode? value)
    {
        if (step is string key)
        {
            place[key] = value;
            return;
        }
        place[(int)step] = value;
    }

    static SettingException Unknown(JsonObject settings, string name) =>
        new($"\"{name}\" is no setting; there are {string.Join(", ", settings.Select(s => s.Key).Order(StringComparer.Ordinal))}, and what is inside them as {Example(settings)}.");

    static string Example(JsonObject settings) =>
        settings.Where(s => s.Value is JsonObject).Select(s => $"{s.Key}.{s.Value!.AsObject().First().Key}").FirstOrDefault("a.b");

    [GeneratedRegex(@"\G\.?(?:([A-Za-z0-9_]+)|\[([0-9]{1,6})\])")]
    private static partial Regex Step();
}
