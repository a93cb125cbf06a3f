using System.Text.Json;
using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>Configuration files beside published checkpoints.</summary>
internal static class SourceJson
{
    private const long LengthLimit = 16 << 20;

    /// <summary>Reads a JSON object.</summary>
    /// <exception cref="CheckpointException">The file is missing, too long or no JSON object; the message names it.</exception>
    internal static JsonDocument Read(string file)
    {
        try
        {
            if (new FileInfo(file).Length > LengthLimit)
            {
                throw new CheckpointException($"{file} is longer than {LengthLimit} bytes, too long for a configuration.");
            }

            JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { MaxDepth = 32, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                return json;
            }

            json.Dispose();
            throw new CheckpointException($"{file}: it must be a JSON object.");
        }
        catch (JsonException error)
        {
            throw new CheckpointException($"{file}: it is no valid JSON.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{file} cannot be read: {error.Message}", error);
        }
    }
}
