using TorchSharp;

namespace Parti.Models.Checkpoints;

/// <summary>Saves and loads the parameters and buffers of a module under their state-dictionary names.</summary>
public static class ModuleCheckpoint
{
    /// <summary>Saves a module.</summary>
    /// <param name="module">The module; not changed.</param>
    /// <param name="path">A <c>.safetensors</c> file.</param>
    /// <param name="floatType">Type in which floats are stored; null keeps each tensor's own.</param>
    /// <param name="metadata">Text kept with the tensors.</param>
    /// <exception cref="CheckpointException">A value is not finite or does not fit <paramref name="floatType"/>; nothing is written.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(
        torch.nn.Module module, string path, TensorDataType? floatType = null, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        SafeTensorsWriter.Write(path, module.state_dict(), floatType, metadata);
    }

    /// <summary>Loads a module. Names and shapes must match exactly; nothing is changed unless all of them do.</summary>
    /// <param name="module">The module; its tensors keep their device and element type.</param>
    /// <param name="reader">The checkpoint.</param>
    /// <param name="prefix">Only tensors whose names begin with this belong to the module, under the rest of their name.</param>
    /// <param name="isOwn">
    /// Which tensors of the checkpoint and of the module are loaded, by their whole names; null where all are. The module's others give
    /// their memory back.
    /// </param>
    /// <exception cref="CheckpointException">The first tensor, in ordinal order, that is missing, of another shape or kind, or not the module's.</exception>
    public static void Load(torch.nn.Module module, SafeTensorsReader reader, string prefix = "", Func<string, bool>? isOwn = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(reader);
        bool IsOwn(string name) => isOwn?.Invoke(prefix + name) != false;
        SortedDictionary<string, torch.Tensor> wanted = new(module.state_dict().Where(pair => IsOwn(pair.Key)).ToDictionary(), StringComparer.Ordinal);
        HashSet<string> found = [.. reader.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => n[prefix.Length..]).Where(IsOwn)];
        foreach (string name in wanted.Keys.Union(found).Order(StringComparer.Ordinal))
        {
            Check(reader, prefix + name, wanted.GetValueOrDefault(name), found.Contains(name));
        }
        using IDisposable noGradient = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in wanted)
        {
            using torch.Tensor stored = reader.ReadTensor(prefix + name);
            tensor.copy_(stored);
        }
        foreach ((_, TorchSharp.Modules.Parameter parameter) in module.named_parameters().Where(pair => !IsOwn(pair.name)))
        {
            parameter.set_(torch.empty(0, device: parameter.device));
        }
    }

    static void Check(SafeTensorsReader reader, string name, torch.Tensor? wanted, bool found)
    {
        if (wanted is null)
        {
            throw new CheckpointException($"{reader.FilePath}: tensor \"{name}\" is not one of the model's.");
        }
        if (!found)
        {
            throw new CheckpointException($"{reader.FilePath}: tensor \"{name}\" of shape {TensorInfo.Describe(wanted.shape)} is missing.");
        }
        TensorInfo info = reader.Info(name);
        if (!info.Shape.SequenceEqual(wanted.shape))
        {
            throw new CheckpointException(
                $"{info.File}: tensor \"{name}\" has shape {info.ShapeText}; the model needs {TensorInfo.Describe(wanted.shape)}.");
        }
        TensorDataType? type = TensorDataTypes.FromScalarType(wanted.dtype);
        if (type != info.Type && !(info.Type.IsFloat() && type is { } other && other.IsFloat()))
        {
            throw new CheckpointException($"{info.File}: tensor \"{name}\" is {info.Type}; the model needs {wanted.dtype}.");
        }
    }
}
