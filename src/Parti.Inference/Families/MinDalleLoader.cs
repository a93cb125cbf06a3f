using Parti.Inference.Execution;
using Parti.Inference.Planning;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;
using Parti.Models.Families.MinDalle;
using Parti.Models.Families.Parity;
using Parti.Models.Text;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>Loads DALL·E mini and mega.</summary>
internal sealed class MinDalleLoader : IFamilyLoader
{
    public string Family => MinDalleFamily.FamilyName;

    public ITextTokenizer LoadTokenizer(ModelDirectory directory)
    {
        TextTokenizerEntry entry = directory.Manifest.TextTokenizer;
        if (entry.Merges is not { } merges)
        {
            throw new CheckpointException($"{directory.DirectoryPath}: text_tokenizer.kind is \"{entry.Kind}\"; family {Family} needs \"{TextTokenizerEntry.MergesKind}\".");
        }

        try
        {
            MinDalleTokenizer tokenizer = MinDalleTokenizer.Load(directory.PathOf(entry.File), directory.PathOf(merges));
            int rows = directory.Manifest.Architecture.Transformer.TextVocabulary;
            return tokenizer.VocabularySize <= rows ? tokenizer : throw new CheckpointException(
                $"{entry.File} has ids up to {tokenizer.VocabularySize - 1}; architecture.transformer.text_vocabulary is {rows}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new CheckpointException(error.Message, error);
        }
    }

    public IModelNetworks LoadNetworks(ModelDirectory directory, torch.Device device, ModelShare share) => MinDalleNetworks.Load(directory, device, share);

    public ShardLayers LoadLayers(ModelDirectory directory, LayerShard shard)
    {
        TransformerArchitecture sizes = directory.Manifest.Architecture.Transformer;
        Range own = shard.Of(sizes.DecoderLayers);
        return FamilyFiles.Layers(directory, MinDalleKernels.Names.Of(own), name => MinDalleKernels.LengthOf(sizes, name), read =>
            new(MinDalleKernels.Sizes(sizes), MinDalleKernels.Layers(sizes, own, name => read(MinDalleKernels.Prefix + name), directory.Manifest.DecoderWeights)));
    }

    public ModelWeights CountWeights(ModelManifest manifest)
    {
        TransformerArchitecture sizes = manifest.Architecture.Transformer;
        using MinDalleTransformer transformer = new(sizes, MinDalleSettings.Of(manifest), torch.META);
        WeightNames names = new(
            ["encoder."], "decoder.layers.0.", ["decoder.layers.0.encoder_attn.key.", "decoder.layers.0.encoder_attn.value."], ["decoder.lm_head.", "decoder.final_ln."]);
        return ModelWeights.Of(transformer, names, sizes.DecoderLayers, ModelWeights.OfPictures(manifest.Architecture));
    }

    public IEnumerable<FixtureOutput> RunKernels(Fixture fixture) => MinDalleKernelParity.Run(fixture);
}
