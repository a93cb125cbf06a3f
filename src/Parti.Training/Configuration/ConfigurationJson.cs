using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Parti.Training.Runs;

namespace Parti.Training.Configuration;

/// <summary>Configurations as text: snake_case keys, unknown and repeated keys refused, so that a misspelt key is not silently ignored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    UseStringEnumConverter = true,
    IgnoreReadOnlyProperties = true,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    WriteIndented = true)]
[JsonSerializable(typeof(VqganConfiguration))]
[JsonSerializable(typeof(CodesConfiguration))]
[JsonSerializable(typeof(DecoderConfiguration))]
[JsonSerializable(typeof(TransformerConfiguration))]
[JsonSerializable(typeof(UpscalerConfiguration))]
[JsonSerializable(typeof(FeaturesConfiguration))]
[JsonSerializable(typeof(TextConfiguration))]
sealed partial class ConfigurationJson : JsonSerializerContext
{
    /// <summary>Settings laid over one another, the later over the earlier.</summary>
    /// <typeparam name="T">Kind of configuration.</typeparam>
    /// <param name="basis">What holds where nothing else is said.</param>
    /// <param name="changes">What was asked for.</param>
    /// <returns>The configuration, validated.</returns>
    /// <exception cref="SettingException">A file or setting cannot be used; the message names it.</exception>
    internal static T Apply<T>(T basis, ConfigurationChanges changes)
        where T : PartConfiguration
    {
        JsonObject settings = Tree(basis);
        if (changes.File is { } file)
        {
            Lay(settings, ReadObject(file));
        }
        foreach (string assignment in changes.Assignments)
        {
            SettingPath.Assign(settings, assignment);
        }
        T result = Read<T>(settings, changes.File ?? "the settings");
        result.Validate();
        return result;
    }

    /// <summary>A configuration as a tree of settings.</summary>
    internal static JsonObject Tree<T>(T configuration) => JsonSerializer.SerializeToNode(configuration, Info<T>())!.AsObject();

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="SettingException">It is none; the message names the key.</exception>
    internal static T Read<T>(JsonObject settings, string name)
    {
        try
        {
            return settings.Deserialize(Info<T>())!;
        }
        catch (JsonException error)
        {
            int end = error.Message.IndexOf(" Path: ", StringComparison.Ordinal);
            throw new SettingException($"{name}:{error.Path?.Replace("$.", " ", StringComparison.Ordinal).TrimStart('$')}: {(end < 0 ? error.Message : error.Message[..end])}", error);
        }
    }

    /// <summary>Reads a JSON object from a file.</summary>
    /// <exception cref="SettingException">It cannot be read or is none.</exception>
    internal static JsonObject ReadObject(string file)
    {
        try
        {
            var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            return JsonNode.Parse(File.ReadAllBytes(file), null, options) as JsonObject
                ?? throw new SettingException($"{file}: it must be a JSON object of settings.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new SettingException($"{file}: cannot be read: {error.Message}", error);
        }
    }

    static void Lay(JsonObject under, JsonObject over)
    {
        foreach ((string key, JsonNode? value) in over)
        {
            if (value is JsonObject inner && under[key] is JsonObject outer)
            {
                Lay(outer, inner);
                continue;
            }
            under[key] = value?.DeepClone();
        }
    }

    static JsonTypeInfo<T> Info<T>() => (JsonTypeInfo<T>)Default.GetTypeInfo(typeof(T))!;
}

/// <summary>Settings asked for beside those of a preset or an earlier run.</summary>
/// <param name="File">A JSON file of settings, or null.</param>
/// <param name="Assignments">Settings as <c>name=value</c>, such as <c>rates.falls[0].rate=1e-4</c>; they hold over the file.</param>
public sealed record ConfigurationChanges(string? File, IReadOnlyList<string> Assignments)
{
    /// <summary>Nothing asked for.</summary>
    public static ConfigurationChanges None { get; } = new(null, []);
}
