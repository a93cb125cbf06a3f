using Parti.Models.Checkpoints;
using Parti.Models.Families.Esrgan;
using Parti.Models.Families.Images;
using Parti.Models.Families.Importing;
using Parti.Models.Families.PartiPytorch;

namespace Parti.Models.Families;

/// <summary>The families there are.</summary>
public static class ModelFamilies
{
    /// <summary>The family of this project's own models, which are trained and not imported.</summary>
    public const string Parti = "parti";

    /// <summary>Published families in the order in which they are asked; whole models come before their parts.</summary>
    public static IReadOnlyList<IModelFamily> All { get; } =
    [
        new MinDalle.MinDalleFamily(),
        new LlamaGen.LlamaGenFamily(),
        new Janus.JanusFamily(),
        new TamingVqGanFamily(),
        new LlamaGenVqFamily(),
        new EnhancingVitVqGanFamily(),
        new T5.T5Family(),
        new EsrganFamily(),
        new PartiPytorchFamily(),
    ];

    /// <summary>Whether a <c>model.json</c> may name this family.</summary>
    /// <param name="name">The name.</param>
    public static bool IsKnown(string name) => name == Parti || All.Any(family => family.Name == name);

    /// <summary>The family of a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="CheckpointException">There is none; the message lists the names.</exception>
    public static IModelFamily Get(string name) => All.FirstOrDefault(family => family.Name == name)
        ?? throw new CheckpointException($"There is no family \"{name}\"; known are {string.Join(", ", All.Select(family => family.Name))}.");

    /// <summary>The first family that recognises a source.</summary>
    /// <param name="source">The source.</param>
    /// <exception cref="CheckpointException">None does.</exception>
    public static IModelFamily Recognise(ImportSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return All.FirstOrDefault(family => family.Recognises(source)) ?? throw new CheckpointException(
            $"{source.Path} is of no family that is known here: {string.Join(", ", All.Select(family => family.Name))}. It holds {source.Summary}.");
    }
}
