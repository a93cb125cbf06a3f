using System.Text.Json;
using System.Text.Json.Serialization;

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
        byte[] json = ReadBytes(file);
        try
        {
            ModelManifest manifest = JsonSerializer.Deserialize(json, Default.ModelManifest)
                ?? throw new CheckpointException($"{file}: it must be a JSON object.");
            ManifestRules.Check(file, manifest);
            return manifest;
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
