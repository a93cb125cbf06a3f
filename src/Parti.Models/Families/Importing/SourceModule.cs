using Parti.Models.Checkpoints;
using TorchSharp;

namespace Parti.Models.Families.Importing;

/// <summary>Fills a module from tensors of a source.</summary>
static class SourceModule
{
    /// <summary>Copies tensors into a module; names and shapes must match exactly.</summary>
    /// <param name="module">The module; its tensors keep their device and type.</param>
    /// <param name="tensors">Tensors by the module's names.</param>
    /// <exception cref="CheckpointException">The first tensor, in ordinal order, that is missing, left over or of another shape.</exception>
    internal static T Fill<T>(T module, IReadOnlyDictionary<string, SourceTensor> tensors)
        where T : torch.nn.Module
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradient = torch.no_grad();
        Dictionary<string, torch.Tensor> wanted = module.state_dict();
        foreach (string name in wanted.Keys.Union(tensors.Keys).Order(StringComparer.Ordinal))
        {
            if (!tensors.TryGetValue(name, out SourceTensor? given))
            {
                throw new CheckpointException($"Tensor \"{name}\" of shape {TensorInfo.Describe(wanted[name].shape)} is missing.");
            }
            if (!wanted.TryGetValue(name, out torch.Tensor? target) || !given.Shape.SequenceEqual(target.shape))
            {
                throw new CheckpointException(
                    $"Tensor \"{given.Name}\" has shape {given.ShapeText}; the model {(target is null ? "has no such tensor" : $"needs {TensorInfo.Describe(target.shape)}")}.");
            }
            using torch.Tensor values = given.ToTensor();
            target.copy_(values);
        }
        module.eval();
        return module;
    }
}
