using Parti.Inference.Execution;
using Parti.Inference.Planning;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Parity;
using Parti.Models.Text;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>How the engine loads models of one family. Stateless.</summary>
public interface IFamilyLoader
{
    /// <summary>The family, as <c>model.json</c> names it.</summary>
    string Family { get; }

    /// <summary>Loads a model's text tokenizer.</summary>
    /// <param name="directory">A model of the family.</param>
    /// <exception cref="CheckpointException">A file cannot be read or does not fit the model.</exception>
    ITextTokenizer LoadTokenizer(ModelDirectory directory);

    /// <summary>Loads a model's networks.</summary>
    /// <param name="directory">A model of the family.</param>
    /// <param name="device">Where the weights go.</param>
    /// <param name="share">What is loaded; only files that it needs are read. Those of a whole model were held against their hashes by the caller.</param>
    /// <exception cref="CheckpointException">A file that is read differs from its hash, or a tensor is missing, left over or of another shape; names it.</exception>
    IModelNetworks LoadNetworks(ModelDirectory directory, torch.Device device, ModelShare share);

    /// <summary>Loads a shard's layers of the decoder and nothing else. Does not need the tensor library's kernels.</summary>
    /// <param name="directory">A model of the family.</param>
    /// <param name="shard">Which layers.</param>
    /// <exception cref="CheckpointException">As for <see cref="LoadNetworks"/>.</exception>
    internal ShardLayers LoadLayers(ModelDirectory directory, LayerShard shard);

    /// <summary>Counts a model's weights without allocating any. The tensor library must have been started.</summary>
    /// <param name="manifest">The model's manifest.</param>
    ModelWeights CountWeights(ModelManifest manifest);

    /// <summary>
    /// Computes outputs of a fixture by the kernels of a processor. The tensors are the loader's and live until the next is asked for.
    /// </summary>
    /// <param name="fixture">A fixture of the family.</param>
    /// <returns>Outputs marked as such; none, the default, where the family has no kernels.</returns>
    IEnumerable<FixtureOutput> RunKernels(Fixture fixture) => [];
}
