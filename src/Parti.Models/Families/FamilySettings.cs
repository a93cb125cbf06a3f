using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Parti.Models.Checkpoints;
using TorchSharp;

namespace Parti.Models.Families;

/// <summary>Reading of <c>architecture.settings</c>, a record of the family's own.</summary>
static class FamilySettings
{
    /// <summary>Names keys of the settings in messages.</summary>
    internal static ManifestCheck Check => new(ModelDirectory.ManifestName, "architecture.settings");

    /// <summary>Reads the settings of a model.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="family">Name of the family, for messages.</param>
    /// <param name="type">The record.</param>
    /// <exception cref="CheckpointException">They are missing or are no such record.</exception>
    internal static T Read<T>(ModelManifest manifest, string family, JsonTypeInfo<T> type)
    {
        if (manifest.Architecture.Settings is not { } json)
        {
            throw new CheckpointException($"{ModelDirectory.ManifestName}: architecture.settings is missing; family {family} needs it.");
        }
        try
        {
            return json.Deserialize(type) ?? throw new JsonException("they must be an object");
        }
        catch (JsonException error)
        {
            throw new CheckpointException($"{ModelDirectory.ManifestName}: architecture.settings: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    /// <summary>Names and shapes of a module's tensors.</summary>
    /// <param name="module">The module; meta is enough.</param>
    internal static IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes(torch.nn.Module module) =>
        module.state_dict().ToDictionary(pair => pair.Key, IReadOnlyList<long> (pair) => pair.Value.shape, StringComparer.Ordinal);
}
