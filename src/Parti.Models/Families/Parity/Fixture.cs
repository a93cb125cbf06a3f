using System.Text.Json;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using TorchSharp;

namespace Parti.Models.Families.Parity;

/// <summary>
/// A folder with a checkpoint in its original form, golden inputs and outputs (<c>golden.safetensors</c>) and <c>manifest.json</c>.
/// Reading a tensor makes it an input.
/// </summary>
public sealed class Fixture : IDisposable
{
    /// <summary>Name of the file that makes a folder a fixture.</summary>
    public const string ManifestName = "manifest.json";

    /// <summary>Name of the file with inputs and outputs.</summary>
    public const string GoldenName = "golden.safetensors";

    private readonly SafeTensorsReader _golden;
    private readonly HashSet<string> _inputs = new(StringComparer.Ordinal);

    private Fixture(string directory, ImportSource source, SafeTensorsReader golden, string upstream, string variant) =>
        (DirectoryPath, Source, _golden, Upstream, Variant) = (directory, source, golden, upstream, variant);

    /// <summary>The folder, an absolute path.</summary>
    public string DirectoryPath { get; }

    /// <summary>The checkpoints and settings in the folder.</summary>
    public ImportSource Source { get; }

    /// <summary>Whose code made the golden tensors, as the manifest says it.</summary>
    public string Upstream { get; }

    /// <summary>Name of the variant, as the manifest says it.</summary>
    public string Variant { get; }

    /// <summary>Names of all golden tensors, inputs and outputs, in ordinal order.</summary>
    public IReadOnlyList<string> Names => _golden.Names;

    /// <summary>Names of the tensors that were read as inputs.</summary>
    public IReadOnlySet<string> Inputs => _inputs;

    /// <summary>
    /// Why golden tensors are not what the manifest's <c>tensors</c> say, by name. Networks are not given them: the tensor library ends the
    /// process at some sizes that do not go together.
    /// </summary>
    public IReadOnlyDictionary<string, string> Misfits { get; private init; } = new Dictionary<string, string>();

    /// <summary>Opens a fixture.</summary>
    /// <param name="directory">The folder.</param>
    /// <exception cref="CheckpointException">A file is missing or damaged; the message names it.</exception>
    public static Fixture Open(string directory)
    {
        string full = Path.GetFullPath(directory), manifest = Path.Combine(full, ManifestName);
        using JsonDocument json = SourceJson.Read(manifest);
        SafeTensorsReader golden = SafeTensorsReader.Open(Path.Combine(full, GoldenName));
        try
        {
            return new(full, ImportSource.Open(full, prefersTorch: true), golden, Text(json, "upstream"), Text(json, "variant"))
            {
                Misfits = FixtureTensors.Misfits(json.RootElement, golden),
            };
        }
        catch
        {
            golden.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is a golden tensor of this name.</summary>
    /// <param name="name">The name.</param>
    public bool Contains(string name) => _golden.Contains(name);

    /// <summary>Reads an input.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>A new tensor of the stored type, the caller's to dispose.</returns>
    /// <exception cref="CheckpointException">There is none of this name.</exception>
    public torch.Tensor Read(string name)
    {
        _inputs.Add(name);
        return _golden.ReadTensor(name);
    }

    /// <summary>Reads what an output should be; it does not become an input.</summary>
    /// <inheritdoc cref="Read"/>
    public torch.Tensor Expected(string name) => _golden.ReadTensor(name);

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        _golden.Dispose();
        Source.Dispose();
    }

    private static string Text(JsonDocument json, string key) =>
        json.RootElement.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
