using Parti.Inference.Execution;
using Parti.Inference.Planning;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.Text;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>Loads this project's own models.</summary>
internal sealed class PartiLoader : IFamilyLoader
{
    public string Family => ModelFamilies.Parti;

    public ITextTokenizer LoadTokenizer(ModelDirectory directory) => directory.LoadTextTokenizer();

    public IModelNetworks LoadNetworks(ModelDirectory directory, torch.Device device, ModelShare share) => PartiNetworks.Load(directory, device, share);

    public ModelWeights CountWeights(ModelManifest manifest) => ModelWeights.Of(manifest.Architecture);

    public ShardLayers LoadLayers(ModelDirectory directory, LayerShard shard)
    {
        TransformerArchitecture sizes = directory.Manifest.Architecture.Transformer;
        Range own = shard.Of(sizes.DecoderLayers);
        return FamilyFiles.Layers(directory, PartiKernels.Names.Of(own), name => PartiKernels.LengthOf(sizes, name), read =>
            new(PartiKernels.Sizes(sizes), PartiKernels.Layers(sizes, own, read, directory.Manifest.DecoderWeights)));
    }
}
