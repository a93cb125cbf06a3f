using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>What an import will write: exactly one of <see cref="Model"/> and <see cref="Component"/>, its weights and its other files.</summary>
public sealed record ImportPlan
{
    /// <summary>The manifest of a whole model; files and provenance are filled in when they are known. Null for a part.</summary>
    public ModelManifest? Model { get; init; }

    /// <summary>The manifest of a part, such as an image tokenizer alone; null for a whole model.</summary>
    public ComponentManifest? Component { get; init; }

    /// <summary>The weight files, in the order in which they are written.</summary>
    public required IReadOnlyList<ImportWeights> Weights { get; init; }

    /// <summary>Files that are copied as they are: name in the model directory, full path of the original.</summary>
    public IReadOnlyDictionary<string, string> Copies { get; init; } = new Dictionary<string, string>();

    /// <summary>Tensors of the source that the model does not need, by name.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];
}

/// <summary>One weight file.</summary>
/// <param name="File">Its name in the model directory, ending in <c>.safetensors</c>.</param>
/// <param name="Tensors">Its tensors by the name they get.</param>
public sealed record ImportWeights(string File, IReadOnlyDictionary<string, SourceTensor> Tensors);
