using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Parti.Models.Checkpoints;

/// <summary><c>model.json</c> as text: snake_case keys, unknown and repeated keys refused, so that a misspelt key is not silently ignored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    WriteIndented = true)]
[JsonSerializable(typeof(ModelManifest))]
[JsonSerializable(typeof(ComponentManifest))]
sealed partial class ManifestJson : JsonSerializerContext
{
    /// <summary>Longest <c>model.json</c>, in bytes.</summary>
    internal const int LengthLimit = 16 << 20;

    /// <summary>Reads and validates a manifest.</summary>
    /// <exception cref="CheckpointException">The text is no valid manifest; the message names the key.</exception>
    internal static ModelManifest Read(string file)
    {
        ModelManifest manifest = Parse(file, ReadBytes(file), Default.ModelManifest);
        ManifestRules.Check(file, manifest);
        return manifest;
    }

    /// <summary>Reads and validates the manifest of a part of a model.</summary>
    /// <exception cref="CheckpointException">The text is no valid manifest; the message names the key.</exception>
    internal static ComponentManifest ReadComponent(string file)
    {
        ComponentManifest manifest = Parse(file, ReadBytes(file), Default.ComponentManifest);
        ManifestRules.Check(file, manifest);
        return manifest;
    }

    /// <summary>Whether a manifest is that of a part; text that is no manifest at all is not.</summary>
    internal static bool IsComponent(string file)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(ReadBytes(file), new() { CommentHandling = JsonCommentHandling.Skip });
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("component", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    internal static byte[] Write(ComponentManifest manifest) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(manifest, Default.ComponentManifest), (byte)'\n'];

    static T Parse<T>(string file, byte[] json, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new CheckpointException($"{file}: it must be a JSON object.");
        }
        catch (JsonException error)
        {
            string key = error.Path is null or "$" ? "" : $" {error.Path.Replace("$.", "", StringComparison.Ordinal)}:";
            throw new CheckpointException($"{file}:{key} {FirstSentence(error.Message)}", error);
        }
    }

    internal static byte[] Write(ModelManifest manifest) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(manifest, Default.ModelManifest), (byte)'\n'];

    static byte[] ReadBytes(string file)
    {
        try
        {
            long length = new FileInfo(file).Length;
            return length <= LengthLimit
                ? File.ReadAllBytes(file)
                : throw new CheckpointException($"{file} has {length} bytes; a model.json has at most {LengthLimit}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{file} cannot be read: {error.Message}", error);
        }
    }

    // The serialiser appends path, line and position to its sentence.
    static string FirstSentence(string message)
    {
        int end = message.IndexOf(" Path: ", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).ReplaceLineEndings(" ");
    }
}
