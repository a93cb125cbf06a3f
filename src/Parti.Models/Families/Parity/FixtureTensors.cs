using System.Text.Json;
using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Parity;

/// <summary>What a fixture's manifest says of its golden tensors: entries of <c>tensors</c> with <c>name</c>, <c>shape</c> and <c>dtype</c>.</summary>
internal static class FixtureTensors
{
    /// <summary>Golden tensors that are not as the manifest says. What the manifest does not say is not held against them.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="golden">The tensors.</param>
    /// <returns>Why, by name.</returns>
    internal static IReadOnlyDictionary<string, string> Misfits(JsonElement manifest, SafeTensorsReader golden)
    {
        Dictionary<string, string> misfits = new(StringComparer.Ordinal);
        foreach (JsonElement entry in Entries(manifest))
        {
            if (Text(entry, "name") is { } name && Misfit(entry, name, golden) is { } why)
            {
                misfits[name] = why;
            }
        }

        return misfits;
    }

    private static IEnumerable<JsonElement> Entries(JsonElement manifest) =>
        manifest.TryGetProperty("tensors", out JsonElement tensors) && tensors.ValueKind == JsonValueKind.Array
            ? tensors.EnumerateArray().Where(entry => entry.ValueKind == JsonValueKind.Object)
            : [];

    private static string? Misfit(JsonElement entry, string name, SafeTensorsReader golden)
    {
        if (!golden.Contains(name))
        {
            return $"the manifest names it, {Fixture.GoldenName} does not hold it";
        }

        TensorInfo found = golden.Info(name);
        if (Shape(entry) is { } shape && !shape.SequenceEqual(found.Shape))
        {
            return $"its shape is [{string.Join(", ", found.Shape)}], the manifest says [{string.Join(", ", shape)}]";
        }

        return Text(entry, "dtype") is { } type && type != $"{found.Type}" ? $"its type is {found.Type}, the manifest says {type}" : null;
    }

    private static long[]? Shape(JsonElement entry) =>
        entry.TryGetProperty("shape", out JsonElement shape) && shape.ValueKind == JsonValueKind.Array
            && shape.EnumerateArray().All(size => size.ValueKind == JsonValueKind.Number && size.TryGetInt64(out _))
            ? [.. shape.EnumerateArray().Select(size => size.GetInt64())]
            : null;

    private static string? Text(JsonElement entry, string key) =>
        entry.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
