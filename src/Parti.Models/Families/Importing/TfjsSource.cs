using System.Runtime.InteropServices;
using System.Text.Json;
using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>
/// A layers model of TensorFlow.js as a source: <c>model.json</c> with a weights manifest and files of raw float32 beside it. Kernels of
/// convolutions come in our order, outputs first.
/// </summary>
internal static class TfjsSource
{
    /// <summary>Name of the file that describes the model.</summary>
    internal const string FileName = "model.json";

    private const long WeightLimit = 1L << 30;

    /// <summary>Whether a <c>model.json</c> is one of TensorFlow.js and not one of ours.</summary>
    internal static bool Is(string path)
    {
        using JsonDocument json = SourceJson.Read(path);
        return json.RootElement.TryGetProperty("weightsManifest", out JsonElement groups) && groups.ValueKind == JsonValueKind.Array;
    }

    /// <summary>Names of the files that hold the weights.</summary>
    internal static IEnumerable<string> ShardNames(string path)
    {
        using JsonDocument json = SourceJson.Read(path);
        return [.. json.RootElement.GetProperty("weightsManifest").EnumerateArray()
            .SelectMany(group => group.ValueKind == JsonValueKind.Object && group.TryGetProperty("paths", out JsonElement paths) && paths.ValueKind == JsonValueKind.Array
                ? paths.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!)
                : [])];
    }

    internal static SourceCheckpoint Open(string path)
    {
        using JsonDocument json = SourceJson.Read(path);
        Dictionary<string, SourceTensor> tensors = new(StringComparer.Ordinal);
        List<string> files = [path];
        try
        {
            foreach (JsonElement group in json.RootElement.GetProperty("weightsManifest").EnumerateArray())
            {
                byte[] bytes = ReadAll(path, group, files);
                int at = 0;
                foreach (JsonElement weight in group.GetProperty("weights").EnumerateArray())
                {
                    MemoryTensor tensor = Tensor(path, weight, bytes, ref at);
                    tensors.Add(tensor.Name, tensor);
                }

                RequireEnd(path, bytes.Length, at);
            }
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or ArgumentException or FormatException)
        {
            throw new CheckpointException($"{path}: its weightsManifest is damaged: {error.Message}", error);
        }

        return new(Path.GetFileName(path), files, tensors, new MemoryStream());
    }

    private static byte[] ReadAll(string path, JsonElement group, List<string> files)
    {
        List<string> shards = [.. group.GetProperty("paths").EnumerateArray().Select(name => Shard(path, name.GetString() ?? ""))];
        long length = shards.Sum(file => new FileInfo(file).Length);
        if (length > WeightLimit)
        {
            throw new CheckpointException($"{path}: its weights have {length:N0} bytes, allowed are {WeightLimit:N0}.");
        }

        files.AddRange(shards);
        return [.. shards.SelectMany(File.ReadAllBytes)];
    }

    private static string Shard(string path, string name)
    {
        string file = Path.Combine(Path.GetDirectoryName(path) ?? "", name);
        return ModelFileName.IsSafe(name) && File.Exists(file) ? file : throw new CheckpointException($"{path}: its weights are in \"{name}\", which is no file beside it.");
    }

    private static MemoryTensor Tensor(string path, JsonElement weight, byte[] bytes, ref int at)
    {
        string name = weight.GetProperty("name").GetString() ?? "";
        if (weight.GetProperty("dtype").GetString() != "float32" || weight.TryGetProperty("quantization", out _))
        {
            throw new CheckpointException($"{path}: weight \"{name}\" is quantised or no float32; take the package that is not quantised.");
        }

        long[] shape = [.. weight.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        Int128 length = shape.Aggregate((Int128)sizeof(float), (product, size) => size is >= 0 and <= int.MaxValue ? product * size : Int128.MaxValue / int.MaxValue);
        if (shape.Length > 4 || length > bytes.Length - at)
        {
            throw new CheckpointException($"{path}: weight \"{name}\" of shape [{string.Join(", ", shape)}] reaches outside of the weights.");
        }

        float[] values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(at, (int)length)).ToArray();
        at += (int)length;
        return shape is [long height, long width, long inputs, long outputs]
            ? new(name, [outputs, inputs, height, width], OutputsFirst(values, height * width, inputs, outputs))
            : new(name, shape, values);
    }

    private static float[] OutputsFirst(float[] values, long cells, long inputs, long outputs)
    {
        float[] ordered = new float[values.Length];
        long at = 0;
        for (long output = 0; output < outputs; output++)
        {
            for (long input = 0; input < inputs; input++)
            {
                for (long cell = 0; cell < cells; cell++)
                {
                    ordered[at++] = values[(cell * inputs + input) * outputs + output];
                }
            }
        }

        return ordered;
    }

    private static void RequireEnd(string path, int length, int at)
    {
        if (at != length)
        {
            throw new CheckpointException($"{path}: {length - at} bytes of its weights belong to no tensor.");
        }
    }

    private sealed class MemoryTensor(string name, IReadOnlyList<long> shape, float[] values) : SourceTensor(name, TensorDataType.F32, shape)
    {
        public override void Read(long offset, Span<byte> destination) => MemoryMarshal.AsBytes(values.AsSpan()).Slice((int)offset, destination.Length).CopyTo(destination);
    }
}
