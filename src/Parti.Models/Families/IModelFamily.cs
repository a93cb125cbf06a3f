using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;

namespace Parti.Models.Families;

/// <summary>
/// A family of published models: how its files are told from others, what their tensors are called here, and how its mathematics
/// is held against tensors of the original. Stateless; one instance serves every thread.
/// </summary>
public interface IModelFamily
{
    /// <summary>The name in <c>model.json</c> and of <c>--family</c>: a–z, 0–9 and <c>-</c>.</summary>
    string Name { get; }

    /// <summary>Licence of the published weights.</summary>
    PublishedLicense License { get; }

    /// <summary>Whether a source holds a model or a part of this family; decided by names and shapes of tensors, no weight is read.</summary>
    /// <param name="source">An opened source.</param>
    bool Recognises(ImportSource source);

    /// <summary>Says what the model directory will hold; nothing is read or written yet.</summary>
    /// <param name="source">A source that <see cref="Recognises"/> accepts.</param>
    /// <param name="request">What the caller chose.</param>
    /// <exception cref="CheckpointException">A tensor or file is missing or of another shape; the message names it.</exception>
    ImportPlan Plan(ImportSource source, ImportRequest request);

    /// <summary>
    /// Computes the outputs of a fixture from its inputs. Outputs that belong to another family's part are left out. The tensors are the
    /// family's and live until the next is asked for.
    /// </summary>
    /// <param name="fixture">A fixture whose source <see cref="Recognises"/> accepts.</param>
    IEnumerable<FixtureOutput> Run(Fixture fixture);

    /// <summary>Names and shapes of the tensors that a weight file of an imported model must have, counted on modules that allocate nothing.</summary>
    /// <param name="model">The model's manifest.</param>
    /// <param name="file">A weight file of the transformer or the text encoder, one of <see cref="WeightFiles"/>.</param>
    /// <returns>Null where the family does not say.</returns>
    IReadOnlyDictionary<string, IReadOnlyList<long>>? ExpectedTensors(ModelManifest model, string file) => null;
}
