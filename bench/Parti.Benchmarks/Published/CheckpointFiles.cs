using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;

namespace Parti.Benchmarks.Published;

/// <summary>Writes checkpoints in the containers that models are published in, tensor by tensor.</summary>
static class CheckpointFiles
{
    /// <summary>A file of <c>torch.save</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Its tensors.</param>
    /// <param name="wrapper">Key under which the state dictionary lies; null for a file that is the dictionary.</param>
    public static void WriteTorch(string path, IReadOnlyList<PublishedTensor> tensors, string? wrapper = null)
    {
        using FileStream file = File.Create(path);
        using ZipArchive zip = new(file, ZipArchiveMode.Create);
        string root = Path.GetFileNameWithoutExtension(path);
        using (Stream pickle = zip.CreateEntry($"{root}/data.pkl", CompressionLevel.NoCompression).Open())
        {
            pickle.Write(StatePickle.Of(tensors, wrapper));
        }
        for (int i = 0; i < tensors.Count; i++)
        {
            using Stream storage = zip.CreateEntry($"{root}/data/{i}", CompressionLevel.NoCompression).Open();
            RandomBytes.Write(storage, tensors[i]);
        }
        using Stream version = zip.CreateEntry($"{root}/version", CompressionLevel.NoCompression).Open();
        version.Write("3\n"u8);
    }

    /// <summary>A safetensors file.</summary>
    public static void WriteSafeTensors(string path, IReadOnlyList<PublishedTensor> tensors)
    {
        long at = 0;
        Dictionary<string, object> header = new(StringComparer.Ordinal) { ["__metadata__"] = new { format = "pt" } };
        foreach (PublishedTensor tensor in tensors)
        {
            header.Add(tensor.Name, new { dtype = $"{tensor.Type}", shape = tensor.Shape, data_offsets = new[] { at, at + tensor.Bytes } });
            at += tensor.Bytes;
        }
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        using FileStream file = File.Create(path);
        file.Write(length);
        file.Write(json);
        foreach (PublishedTensor tensor in tensors)
        {
            RandomBytes.Write(file, tensor);
        }
    }

    /// <summary>Two safetensors files of equal length and their index, as Hugging Face shards a model.</summary>
    public static void WriteShards(string folder, IReadOnlyList<PublishedTensor> tensors)
    {
        string[] shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
        long half = tensors.Sum(tensor => tensor.Bytes) / 2, seen = 0;
        ILookup<string, PublishedTensor> parts = tensors.ToLookup(tensor => shards[(seen += tensor.Bytes) <= half ? 0 : 1]);
        foreach (string shard in shards)
        {
            WriteSafeTensors(Path.Combine(folder, shard), [.. parts[shard]]);
        }
        Dictionary<string, string> map = parts.SelectMany(part => part.Select(tensor => (tensor.Name, part.Key))).ToDictionary(pair => pair.Name, pair => pair.Key);
        File.WriteAllText(
            Path.Combine(folder, "model.safetensors.index.json"),
            JsonSerializer.Serialize(new { metadata = new { total_size = tensors.Sum(tensor => tensor.Bytes) }, weight_map = map }));
    }
}
