using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Parti.Models.Checkpoints;

/// <summary>
/// Reads tensors of a safetensors file, or of the shards an index names. Headers are checked whole when opened; the bytes of a
/// tensor are mapped and copied when asked for. Safe for concurrent reads. The files must not shrink while open.
/// </summary>
public sealed class SafeTensorsReader : IDisposable
{
    // Spans count in 32 bits; tensors larger than this are copied piece by piece.
    const int ChunkBytes = 1 << 22;

    readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    readonly Dictionary<string, MappedFile> files = new(StringComparer.Ordinal);

    SafeTensorsReader(string path)
    {
        FilePath = path;
        Names = [];
    }

    /// <summary>The file or index that was opened.</summary>
    public string FilePath { get; }

    /// <summary>The files that hold tensors: the one that was opened, or the shards of the index.</summary>
    public IReadOnlyCollection<string> Files => files.Keys;

    /// <summary>Names of all tensors, in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; private set; }

    /// <summary>The metadata of the file; of shards, the union, the first value of a key.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">A <c>.safetensors</c> file or a <c>.safetensors.index.json</c> whose shards lie beside it.</param>
    /// <param name="isWanted">Tensors that will be read; shards that hold none of them are not opened. Null for all.</param>
    /// <exception cref="CheckpointException">A file is missing, damaged or inconsistent; the message names file and tensor.</exception>
    public static SafeTensorsReader Open(string path, Func<string, bool>? isWanted = null)
    {
        SafeTensorsReader reader = new(path);
        try
        {
            if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            {
                SafeTensorsIndex index = SafeTensorsIndex.Read(path);
                foreach (string shard in index.ShardsOf(isWanted))
                {
                    reader.Add(shard);
                }
                index.Check(reader.tensors, reader.Files);
            }
            else
            {
                reader.Add(path);
            }
            reader.Names = [.. reader.tensors.Keys.Order(StringComparer.Ordinal)];
            return reader;
        }
        catch (Exception error)
        {
            reader.Dispose();
            if (error is IOException or UnauthorizedAccessException)
            {
                throw new CheckpointException($"{path} cannot be read: {error.Message}", error);
            }
            throw;
        }
    }

    /// <summary>Whether there is a tensor of this name.</summary>
    public bool Contains(string name) => tensors.ContainsKey(name);

    /// <summary>What is known of a tensor without reading it.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public TensorInfo Info(string name) => tensors.TryGetValue(name, out TensorInfo? info)
        ? info
        : throw new CheckpointException($"{FilePath} has no tensor \"{name}\".");

    /// <summary>Reads a tensor as it is stored, half-precision floats as float32.</summary>
    /// <returns>A new tensor on the CPU, the caller's to dispose.</returns>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public torch.Tensor ReadTensor(string name) =>
        ReadTensor(name, Info(name).Type is TensorDataType.F16 or TensorDataType.BF16 ? torch.ScalarType.Float32 : Info(name).Type.ToScalarType());

    /// <summary>Reads a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="target">Element type of the result: any float type for a stored float, else the stored type.</param>
    /// <returns>A new tensor on the CPU, the caller's to dispose.</returns>
    /// <exception cref="CheckpointException">There is no such tensor, or its type cannot become <paramref name="target"/>.</exception>
    public torch.Tensor ReadTensor(string name, torch.ScalarType target)
    {
        TensorInfo info = Info(name);
        torch.ScalarType stored = info.Type.ToScalarType();
        if (stored != target && !(info.Type.IsFloat() && TensorDataTypes.FromScalarType(target) is { } wanted && wanted.IsFloat()))
        {
            throw new CheckpointException($"{info.File}: tensor \"{name}\" is {info.Type} and cannot be read as {target}.");
        }
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor tensor = torch.empty([.. info.Shape], dtype: stored);
        if (info.Elements > 0)
        {
            Copy(info, tensor);
        }
        return tensor.to(target).MoveToOuterDisposeScope();
    }

    /// <summary>Reads a tensor of floats into memory, row-major.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">As long as the tensor has elements.</param>
    /// <exception cref="CheckpointException">There is no such tensor, it holds no floats, or its length differs.</exception>
    public void ReadFloats(string name, Span<float> destination)
    {
        TensorInfo info = Info(name);
        if (!info.Type.IsFloat())
        {
            throw new CheckpointException($"{info.File}: tensor \"{name}\" is {info.Type}, not a float type.");
        }
        if (info.Elements != destination.Length)
        {
            throw new CheckpointException($"{info.File}: tensor \"{name}\" has {info.Elements} elements, not {destination.Length}.");
        }
        if (info.Type == TensorDataType.F32)
        {
            Bytes(info, 0, MemoryMarshal.AsBytes(destination));
            return;
        }
        int size = info.Type.Size();
        Span<byte> chunk = stackalloc byte[4096];
        for (int done = 0; done < destination.Length;)
        {
            int count = Math.Min(chunk.Length / size, destination.Length - done);
            Bytes(info, (long)done * size, chunk[..(count * size)]);
            Widen(info.Type, chunk[..(count * size)], destination.Slice(done, count));
            done += count;
        }
    }

    /// <summary>Unmaps the files.</summary>
    public void Dispose()
    {
        foreach (MappedFile file in files.Values)
        {
            file.Dispose();
        }
    }

    void Add(string path)
    {
        MappedFile file = MappedFile.Open(path, out SafeTensorsHeader header);
        files.Add(path, file);
        foreach (TensorInfo tensor in header.Tensors)
        {
            if (!tensors.TryAdd(tensor.Name, tensor))
            {
                throw new CheckpointException($"{path}: tensor \"{tensor.Name}\" is in {tensors[tensor.Name].File} too.");
            }
        }
        foreach ((string key, string value) in header.Metadata)
        {
            metadata.TryAdd(key, value);
        }
    }

    void Copy(TensorInfo info, torch.Tensor tensor)
    {
        int size = info.Type.Size();
        long step = ChunkBytes / size;
        using torch.Tensor flat = tensor.view(-1);
        for (long start = 0; start < info.Elements; start += step)
        {
            using torch.Tensor part = flat.narrow(0, start, Math.Min(step, info.Elements - start));
            Bytes(info, start * size, part.bytes);
        }
    }

    void Bytes(TensorInfo info, long offset, Span<byte> destination) => files[info.File].Read(info.Offset + offset, destination);

    static void Widen(TensorDataType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = type switch
            {
                TensorDataType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(source[(2 * i)..]),
                TensorDataType.BF16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * i)..]) << 16),
                _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(source[(8 * i)..]),
            };
        }
    }
}
