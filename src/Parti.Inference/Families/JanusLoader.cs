using Parti.Inference.Execution;
using Parti.Inference.Planning;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Janus;
using Parti.Models.Families.Parity;
using Parti.Models.Text;
using Parti.Models.Text.ByteLevel;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>Loads Janus and Janus-Pro.</summary>
sealed class JanusLoader : IFamilyLoader
{
    public string Family => JanusFamily.FamilyName;

    public ITextTokenizer LoadTokenizer(ModelDirectory directory)
    {
        JanusSettings settings = JanusSettings.Of(directory.Manifest);
        return FamilyFiles.Tokenizer(
            directory, file => new JanusPrompt(ByteLevelTokenizer.Load(file), settings.UserRole, settings.AssistantRole), TextTokenizerEntry.TokenizerJsonKind);
    }

    public IModelNetworks LoadNetworks(ModelDirectory directory, torch.Device device, ModelShare share) => JanusNetworks.Load(directory, device, share);

    public ShardLayers LoadLayers(ModelDirectory directory, LayerShard shard)
    {
        TransformerArchitecture sizes = directory.Manifest.Architecture.Transformer;
        return PrefixKernels.LoadLayers(directory, JanusSettings.Of(directory.Manifest).Sizes(sizes), PrefixKernels.JanusNames.Of(shard.Of(sizes.DecoderLayers)), shard);
    }

    public IEnumerable<FixtureOutput> RunKernels(Fixture fixture) => PrefixKernelParity.Run(fixture, JanusFamily.OpenFixture);

    public ModelWeights CountWeights(ModelManifest manifest)
    {
        TransformerArchitecture sizes = manifest.Architecture.Transformer;
        using JanusModel transformer = JanusSettings.Of(manifest).Create(sizes, torch.META);
        WeightNames names = new(["text_embedding."], "trunk.layers.0.", [], ["head.", "trunk.norm."]);
        return ModelWeights.Of(transformer, names, sizes.DecoderLayers, ModelWeights.OfPictures(manifest.Architecture));
    }
}
