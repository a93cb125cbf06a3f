using Parti.Inference.Execution;
using Parti.Inference.Planning;
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

    public IModelNetworks LoadNetworks(ModelDirectory directory, torch.Device device) => LlamaGenNetworks.Load(directory, device);

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
