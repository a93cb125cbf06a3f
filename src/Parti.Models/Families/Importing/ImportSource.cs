using System.Text.Json;
using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>
/// What an import reads: a checkpoint file, or a folder of checkpoints and configuration files. Headers are read when it is opened,
/// weights when a <see cref="SourceTensor"/> is asked for them.
/// </summary>
public sealed partial class ImportSource : IDisposable
{
    private const int ShownCheckpoints = 6;

    private readonly string _folder;
    private readonly JsonDocument? _fixture;

    private readonly bool _prefersTorch;

    private ImportSource(string path, string folder, IReadOnlyList<SourceCheckpoint> checkpoints, JsonDocument? fixture, bool prefersTorch) =>
        (Path, _folder, Checkpoints, _fixture, _prefersTorch) = (path, folder, checkpoints, fixture, prefersTorch);

    /// <summary>The file or folder, an absolute path.</summary>
    public string Path { get; }

    /// <summary>The checkpoints found, by name.</summary>
    public IReadOnlyList<SourceCheckpoint> Checkpoints { get; }

    /// <summary>
    /// Settings that tensors do not show, where the folder says them in a fixture's <c>manifest.json</c> under <c>config</c>; else undefined.
    /// </summary>
    public JsonElement Settings => _fixture is not null && _fixture.RootElement.TryGetProperty("config", out JsonElement config) ? config : default;

    /// <summary>Why files of a folder that look like checkpoints cannot be used, one line each; a family that needs none of them does not mind.</summary>
    public IReadOnlyList<string> Unreadable { get; private init; } = [];

    /// <summary>What was found, one line for people.</summary>
    public string Summary
    {
        get
        {
            string found = string.Join(", ", Checkpoints.Take(ShownCheckpoints)
                .Select(checkpoint => $"{checkpoint.Name} ({checkpoint.Tensors.Count} tensors, such as \"{checkpoint.Tensors.Keys.FirstOrDefault()}\")"));
            string refused = Unreadable.Count == 0 ? "" : $". Not usable: {string.Join(" ", Unreadable.Take(ShownCheckpoints)).TrimEnd('.')}";
            return (Checkpoints.Count == 0 ? "no checkpoint" : found) + refused;
        }
    }

    /// <summary>The checkpoint that has all of these tensors; of several the first by name, safetensors before other formats.</summary>
    /// <param name="names">Names of tensors.</param>
    /// <returns>Null where there is none.</returns>
    public SourceCheckpoint? With(params string[] names) => First(checkpoint => names.All(checkpoint.Tensors.ContainsKey));

    /// <summary>The first checkpoint by name that fulfils a condition, safetensors before other formats.</summary>
    /// <param name="condition">The condition.</param>
    /// <returns>Null where there is none.</returns>
    public SourceCheckpoint? First(Func<SourceCheckpoint, bool> condition) => Checkpoints
        .Where(condition)
        .OrderBy(checkpoint => checkpoint.Files[^1].EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) == _prefersTorch)
        .FirstOrDefault();

    /// <summary>A number of <see cref="Settings"/>.</summary>
    /// <param name="paths">Where it may stand: keys with dots between them; the first that is there counts.</param>
    /// <returns>Null where there is none.</returns>
    public double? Number(params string[] paths)
    {
        foreach (string path in paths)
        {
            JsonElement value = Setting(path);
            if (value.ValueKind == JsonValueKind.Number)
            {
                return value.GetDouble();
            }
        }

        return null;
    }

    /// <summary>A switch of <see cref="Settings"/>.</summary>
    /// <param name="path">Where it may stand: keys with dots between them.</param>
    /// <returns>Null where there is none.</returns>
    public bool? Flag(string path) => Setting(path).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private JsonElement Setting(string path)
    {
        JsonElement at = Settings;
        foreach (string key in path.Split('.'))
        {
            at = at.ValueKind == JsonValueKind.Object && at.TryGetProperty(key, out JsonElement value) ? value : default;
        }

        return at;
    }

    /// <summary>Full path of a file beside the checkpoints.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Null where there is none.</returns>
    public string? FileOf(string name)
    {
        string file = System.IO.Path.Combine(_folder, name);
        return File.Exists(file) ? file : null;
    }

    /// <summary>A JSON file beside the checkpoints, such as <c>config.json</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The caller's to dispose; null where there is none.</returns>
    /// <exception cref="CheckpointException">It is no JSON object.</exception>
    public JsonDocument? JsonOf(string name) => FileOf(name) is { } file ? SourceJson.Read(file) : null;

    /// <summary>Closes the checkpoints.</summary>
    public void Dispose()
    {
        foreach (SourceCheckpoint checkpoint in Checkpoints)
        {
            checkpoint.Dispose();
        }

        _fixture?.Dispose();
    }
}
