using Parti.Models.Checkpoints;
using TorchSharp;

namespace Parti.Models.Families.Importing;

/// <summary>Puts the tensors of a source into a module without a file in between.</summary>
public static class SourceWeights
{
    /// <summary>Loads a module. Names and shapes must match exactly; nothing is changed unless all of them do.</summary>
    /// <param name="module">The module; its tensors keep their device and element type.</param>
    /// <param name="tensors">The module's tensors by their names in it.</param>
    /// <param name="source">What to call the source in messages.</param>
    /// <exception cref="CheckpointException">The first tensor, in ordinal order, that is missing, of another shape or not the module's.</exception>
    public static void Load(torch.nn.Module module, IReadOnlyDictionary<string, SourceTensor> tensors, string source)
    {
        ArgumentNullException.ThrowIfNull(module);
        SortedDictionary<string, torch.Tensor> wanted = new(module.state_dict(), StringComparer.Ordinal);
        foreach (string name in wanted.Keys.Union(tensors.Keys).Order(StringComparer.Ordinal))
        {
            Check(source, name, wanted.GetValueOrDefault(name), tensors.GetValueOrDefault(name));
        }

        using IDisposable noGradient = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in wanted)
        {
            using torch.Tensor stored = tensors[name].ToTensor();
            tensor.copy_(stored);
        }
    }

    private static void Check(string source, string name, torch.Tensor? wanted, SourceTensor? found)
    {
        if (wanted is null)
        {
            throw new CheckpointException($"{source}: tensor \"{found!.Name}\" became \"{name}\", which is not one of the model's.");
        }

        if (found is null)
        {
            throw new CheckpointException($"{source}: the tensor for \"{name}\" of shape {TensorInfo.Describe(wanted.shape)} is missing.");
        }

        if (!found.Shape.SequenceEqual(wanted.shape))
        {
            throw new CheckpointException($"{source}: tensor \"{found.Name}\" has shape {found.ShapeText}; the model needs {TensorInfo.Describe(wanted.shape)}.");
        }
    }
}
