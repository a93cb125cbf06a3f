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
        using IImageTokenizer images = ImageTokenizers.Create(architecture.ImageTokenizer, torch.META);
        using torch.nn.Module? upsampler = architecture.Upsampler is { } sizes ? Upsamplers.Create(sizes, torch.META) : null;
        Dictionary<string, long> counts = transformer.named_parameters().ToDictionary(p => p.name, p => p.parameter.numel());
        long all = counts.Values.Sum();
        long encoder = Sum(counts, "encoder") + Sum(counts, "text_");
        long layer = Sum(counts, "decoder.0."), text = Sum(counts, "decoder.0.cross_attention.key.") + Sum(counts, "decoder.0.cross_attention.value.");
        long ends = all - encoder - layer * architecture.Transformer.DecoderLayers;
        long pictures = Count((torch.nn.Module)images) + (upsampler is null ? 0 : Count(upsampler));
        return new(encoder, layer, ends, layer - text, Sum(counts, "head.") + Sum(counts, "decoder_norm."), pictures);
    }

    static long Count(torch.nn.Module module) => module.parameters().Sum(parameter => parameter.numel());

    static long Sum(Dictionary<string, long> counts, string prefix) =>
        counts.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Sum(pair => pair.Value);
}
