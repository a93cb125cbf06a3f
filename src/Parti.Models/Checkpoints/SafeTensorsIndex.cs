using System.Text.Json;

namespace Parti.Models.Checkpoints;

/// <summary>The index of a sharded checkpoint: which tensor lies in which file beside it.</summary>
sealed class SafeTensorsIndex
{
    readonly string path;
    readonly Dictionary<string, string> shardOf = new(StringComparer.Ordinal);

    SafeTensorsIndex(string path) => this.path = path;

    /// <summary>Full paths of the shards that hold some tensors, in ordinal order.</summary>
    /// <param name="isWanted">Which tensors; null for all.</param>
    internal IReadOnlyList<string> ShardsOf(Func<string, bool>? isWanted) =>
        [.. shardOf.Where(pair => isWanted?.Invoke(pair.Key) != false).Select(pair => pair.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Whether every tensor of a shard is among some.</summary>
    internal bool AreAll(string shard, Func<string, bool> isWanted) => shardOf.All(pair => pair.Value != shard || isWanted(pair.Key));

    internal static SafeTensorsIndex Read(string path)
    {
        SafeTensorsIndex index = new(path);
        long length = new FileInfo(path).Length;
        if (length > SafeTensorsHeader.LengthLimit)
        {
            throw new CheckpointException($"{path} has {length} bytes; an index has at most {SafeTensorsHeader.LengthLimit}.");
        }
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            {
                throw new CheckpointException($"{path}: it has no weight_map from tensor names to file names.");
            }
            foreach (JsonProperty entry in map.EnumerateObject())
            {
                index.Add(entry.Name, entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "");
            }
        }
        // Text that is no UTF-8 or half a surrogate pair surfaces as InvalidOperationException.
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{path}: it is not a valid index: {error.Message}", error);
        }
        return index;
    }

    /// <summary>Holds the index against the tensors that the opened shards have.</summary>
    internal void Check(IReadOnlyDictionary<string, TensorInfo> tensors, IReadOnlyCollection<string> opened)
    {
        foreach ((string name, string shard) in shardOf.Where(pair => opened.Contains(pair.Value)))
        {
            if (!tensors.TryGetValue(name, out TensorInfo? tensor) || tensor.File != shard)
            {
                throw new CheckpointException($"{path}: tensor \"{name}\" should be in {shard} but is not.");
            }
        }
        foreach (TensorInfo tensor in tensors.Values)
        {
            if (!shardOf.ContainsKey(tensor.Name))
            {
                throw new CheckpointException($"{path}: tensor \"{tensor.Name}\" of {tensor.File} is not in its weight_map.");
            }
        }
    }

    void Add(string tensor, string file)
    {
        if (!ModelFileName.IsSafe(file) || file.Contains('/') || !file.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            throw new CheckpointException($"{path}: tensor \"{tensor}\" is in \"{file}\"; a shard is a .safetensors file beside the index.");
        }
        shardOf.Add(tensor, Path.Combine(Path.GetDirectoryName(path) ?? "", file));
    }
}
