using System.Text.Json;
using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>The index of a sharded checkpoint of any container: which tensor lies in which file beside it.</summary>
internal sealed class ShardIndex
{
    private readonly string _path;
    private readonly Dictionary<string, string> _shardOf = new(StringComparer.Ordinal);

    private ShardIndex(string path) => _path = path;

    /// <summary>File names of the shards, in ordinal order.</summary>
    internal IReadOnlyList<string> Shards => [.. _shardOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    internal static ShardIndex Read(string path)
    {
        ShardIndex index = new(path);
        using JsonDocument json = SourceJson.Read(path);
        if (!json.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new CheckpointException($"{path}: it has no weight_map from tensor names to file names.");
        }

        foreach (JsonProperty entry in map.EnumerateObject())
        {
            string file = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";
            if (!ModelFileName.IsSafe(file) || file.Contains('/') || file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            {
                throw new CheckpointException($"{path}: tensor \"{entry.Name}\" is in \"{file}\"; a shard is a file beside the index.");
            }

            index._shardOf[entry.Name] = file;
        }

        return index;
    }

    /// <summary>Opens the shards as one checkpoint.</summary>
    /// <param name="path">The index.</param>
    /// <param name="open">Opens a shard.</param>
    internal SourceCheckpoint Open(string path, Func<string, SourceCheckpoint> open)
    {
        OpenShards shards = new();
        Dictionary<string, SourceTensor> tensors = new(StringComparer.Ordinal);
        try
        {
            foreach (string name in Shards)
            {
                SourceCheckpoint shard = open(Path.Combine(Path.GetDirectoryName(path) ?? "", name));
                shards.Add(shard);
                Merge(tensors, name, shard);
            }

            if (_shardOf.FirstOrDefault(entry => !tensors.ContainsKey(entry.Key)) is { Key: not null } missing)
            {
                throw new CheckpointException($"{_path}: tensor \"{missing.Key}\" should be in {missing.Value} but is not.");
            }

            return new(Path.GetFileName(path), [path, .. shards.Files], tensors, shards);
        }
        catch
        {
            shards.Dispose();
            throw;
        }
    }

    private void Merge(Dictionary<string, SourceTensor> tensors, string file, SourceCheckpoint shard)
    {
        foreach ((string name, SourceTensor tensor) in shard.Tensors)
        {
            if (_shardOf.GetValueOrDefault(name) != file)
            {
                throw new CheckpointException($"{_path}: tensor \"{name}\" of {file} is not there in its weight_map.");
            }

            tensors.Add(name, tensor);
        }
    }

    private sealed class OpenShards : IDisposable
    {
        private readonly List<SourceCheckpoint> _shards = [];

        internal IEnumerable<string> Files => _shards.SelectMany(shard => shard.Files);

        internal void Add(SourceCheckpoint shard) => _shards.Add(shard);

        public void Dispose() => _shards.ForEach(shard => shard.Dispose());
    }
}
