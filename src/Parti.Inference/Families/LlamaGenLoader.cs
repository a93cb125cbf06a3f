using Parti.Inference.Execution;
using Parti.Inference.Planning;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;
using Parti.Models.Families.LlamaGen;
using Parti.Models.Families.Parity;
using Parti.Models.Families.T5;
using Parti.Models.Text;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>Loads LlamaGen.</summary>
sealed class LlamaGenLoader : IFamilyLoader
{
    public string Family => LlamaGenFamily.FamilyName;

    public ITextTokenizer LoadTokenizer(ModelDirectory directory)
    {
        int classes = LlamaGenSettings.Of(directory.Manifest).Classes;
        return classes > 0
            ? FamilyFiles.Tokenizer(directory, file => new ClassNumbers(classes, file.Length == 0 ? [] : File.ReadAllLines(file)), TextTokenizerEntry.ClassesKind)
            : FamilyFiles.Tokenizer(directory, file => new CaptionTokenizer(TextTokenizer.Load(file, lowerCase: false)), TextTokenizerEntry.SentencePieceKind);
    }

    public IModelNetworks LoadNetworks(ModelDirectory directory, torch.Device device, ModelShare share) => LlamaGenNetworks.Load(directory, device, share);

    public ShardLayers LoadLayers(ModelDirectory directory, LayerShard shard)
    {
        TransformerArchitecture sizes = directory.Manifest.Architecture.Transformer;
        return PrefixKernels.LoadLayers(directory, LlamaGenSettings.Of(directory.Manifest).Sizes(sizes), PrefixKernels.LlamaGenNames.Of(shard.Of(sizes.DecoderLayers)), shard);
    }

    public IEnumerable<FixtureOutput> RunKernels(Fixture fixture) => PrefixKernelParity.Run(fixture, LlamaGenFamily.OpenFixture);

    public ModelWeights CountWeights(ModelManifest manifest)
    {
        LlamaGenSettings settings = LlamaGenSettings.Of(manifest);
        TransformerArchitecture sizes = manifest.Architecture.Transformer;
        using LlamaGenModel transformer = settings.Create(sizes, torch.META);
        using T5Encoder? encoder = settings.TextEncoder is { } text ? new(text, torch.META) : null;
        WeightNames names = new(["caption.", "unconditional", "class_embedding."], "trunk.layers.0.", [], ["head.", "trunk.norm."]);
        ModelWeights weights = ModelWeights.Of(transformer, names, sizes.DecoderLayers, ModelWeights.OfPictures(manifest.Architecture));
        return weights with { Encoder = weights.Encoder + (encoder is null ? 0 : encoder.parameters().Sum(parameter => parameter.numel())) };
    }
}
