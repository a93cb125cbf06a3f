using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Planning;

/// <summary>Numbers of weights of a model, counted on modules that allocate nothing.</summary>
/// <param name="Encoder">Text encoder with its embeddings.</param>
/// <param name="DecoderLayer">One decoder layer.</param>
/// <param name="DecoderEnds">Image-token embeddings, positions, last norm and head.</param>
/// <param name="StepLayer">What one decode step reads of a layer: all but the projections of the text.</param>
/// <param name="StepEnds">What one decode step reads beside the layers.</param>
/// <param name="Pictures">Image tokenizer and upsampler.</param>
public sealed record ModelWeights(long Encoder, long DecoderLayer, long DecoderEnds, long StepLayer, long StepEnds, long Pictures)
{
    /// <summary>Counts the weights of an architecture. The tensor library must have been started.</summary>
    /// <param name="architecture">Sizes.</param>
    public static ModelWeights Of(ModelArchitecture architecture)
    {
        using PartiTransformer transformer = new(architecture.Transformer, device: torch.META);
        WeightNames names = new(
            ["encoder", "text_"], "decoder.0.", ["decoder.0.cross_attention.key.", "decoder.0.cross_attention.value."], ["head.", "decoder_norm."]);
        return Of(transformer, names, architecture.Transformer.DecoderLayers, OfPictures(architecture));
    }

    /// <summary>Those of some networks alone.</summary>
    /// <param name="parts">Which.</param>
    public ModelWeights Of(ModelParts parts)
    {
        bool decodes = parts.HasFlag(ModelParts.Decoder);
        return this with
        {
            Encoder = parts.HasFlag(ModelParts.Text) ? Encoder : 0,
            DecoderLayer = decodes ? DecoderLayer : 0,
            DecoderEnds = decodes ? DecoderEnds : 0,
            Pictures = (parts & (ModelParts.Pictures | ModelParts.Upsampler)) == 0 ? 0 : Pictures,
        };
    }

    /// <summary>Counts the weights of a transformer of any family.</summary>
    /// <param name="transformer">Encoder and decoder, on the meta device.</param>
    /// <param name="names">What its weights are called.</param>
    /// <param name="layers">Layers of the decoder.</param>
    /// <param name="pictures">Weights of image tokenizer and upsampler.</param>
    internal static ModelWeights Of(torch.nn.Module transformer, WeightNames names, int layers, long pictures)
    {
        Dictionary<string, long> counts = transformer.named_parameters().ToDictionary(p => p.name, p => p.parameter.numel());
        long encoder = names.Encoder.Sum(prefix => Sum(counts, prefix)), layer = Sum(counts, names.FirstLayer), text = names.Text.Sum(prefix => Sum(counts, prefix));
        long ends = counts.Values.Sum() - encoder - layer * layers;
        return new(encoder, layer, ends, layer - text, names.StepEnds.Sum(prefix => Sum(counts, prefix)), pictures);
    }

    /// <summary>Weights of image tokenizer and upsampler.</summary>
    internal static long OfPictures(ModelArchitecture architecture)
    {
        using IImageTokenizer images = ImageTokenizers.Create(architecture.ImageTokenizer, torch.META);
        using torch.nn.Module? upsampler = architecture.Upsampler is { } sizes ? Upsamplers.Create(sizes, torch.META) : null;
        return Count((torch.nn.Module)images) + (upsampler is null ? 0 : Count(upsampler));
    }

    /// <summary>Weights of a module.</summary>
    internal static long Count(torch.nn.Module module) => module.parameters().Sum(parameter => parameter.numel());

    static long Sum(Dictionary<string, long> counts, string prefix) =>
        counts.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Sum(pair => pair.Value);
}

/// <summary>How the names of a transformer's weights begin.</summary>
/// <param name="Encoder">Those of the text encoder.</param>
/// <param name="FirstLayer">Those of the first decoder layer.</param>
/// <param name="Text">Those of its projections of the text, which a step does not read.</param>
/// <param name="StepEnds">Those beside the layers that a step reads.</param>
sealed record WeightNames(IReadOnlyList<string> Encoder, string FirstLayer, IReadOnlyList<string> Text, IReadOnlyList<string> StepEnds);
