using Parti.Models.Checkpoints;
using Parti.Models.Families.Images;
using Parti.Models.Families.Importing;

namespace Parti.Models.Families.MinDalle;

/// <summary>The published files of one model, and the sizes that their tensors show.</summary>
internal sealed class MinDalleSource
{
    // What tensors do not show: both published models have heads of this width.
    private const int HeadWidth = 64;
    private const string DecoderOnly = "lm_head.weight", EncoderMark = "layers.0.glu.fc0.weight", DetokenizerMark = "post_quant_conv.weight";

    private readonly ImportSource _source;

    private MinDalleSource(ImportSource source, SourceCheckpoint encoder, SourceCheckpoint decoder, SourceCheckpoint detokenizer) =>
        (_source, Encoder, Decoder, DetokenizerFile) = (source, encoder, decoder, detokenizer);

    /// <summary>The text encoder's checkpoint.</summary>
    public SourceCheckpoint Encoder { get; }

    /// <summary>The decoder's checkpoint.</summary>
    public SourceCheckpoint Decoder { get; }

    /// <summary>The detokenizer's checkpoint.</summary>
    public SourceCheckpoint DetokenizerFile { get; }

    /// <summary>Whether a source holds a decoder of this family.</summary>
    public static bool IsIn(ImportSource source) => source.Checkpoints.Any(IsDecoder);

    /// <summary>Finds the parts.</summary>
    /// <exception cref="CheckpointException">One is missing or there are several; the message says which.</exception>
    public static MinDalleSource Of(ImportSource source) => new(
        source, One(source, "encoder", IsEncoder), One(source, "decoder", IsDecoder), One(source, "detokenizer", checkpoint => Has(checkpoint, DetokenizerMark, "embedding.weight")));

    /// <summary>Full paths of vocabulary and merges: those with the suffix of the decoder's file.</summary>
    /// <exception cref="CheckpointException">One is missing.</exception>
    public (string Vocabulary, string Merges) TextFiles()
    {
        string suffix = Stem(Decoder).EndsWith("_mini", StringComparison.Ordinal) ? "_mini" : "";
        return (Beside($"vocab{suffix}.json"), Beside($"merges{suffix}.txt"));
    }

    /// <summary>The detokenizer's tensors by our names.</summary>
    public IReadOnlyDictionary<string, SourceTensor> DetokenizerTensors() => VqGanKeys.Map(DetokenizerFile.Tensors);

    /// <summary>The transformer's tensors by our names.</summary>
    public IReadOnlyDictionary<string, SourceTensor> TransformerTensors()
    {
        Dictionary<string, SourceTensor> tensors = Encoder.Tensors.ToDictionary(pair => MinDalleKeys.Ours("encoder", pair.Key), pair => pair.Value);
        foreach ((string name, SourceTensor tensor) in Decoder.Tensors)
        {
            tensors.Add(MinDalleKeys.Ours("decoder", name), tensor);
        }

        return tensors;
    }

    /// <summary>Sizes of the transformer.</summary>
    public TransformerArchitecture Sizes()
    {
        long width = Shape(Decoder, "embed_tokens.weight", 1), tokens = Shape(Decoder, "embed_positions.weight", 0), grid = (long)Math.Round(Math.Sqrt(tokens));
        return new()
        {
            EncoderLayers = Layers(Encoder), DecoderLayers = Layers(Decoder), Width = (int)width, MlpWidth = (int)Shape(Decoder, EncoderMark, 0),
            Heads = Number("attention_head_count", (int)Math.Max(1, width / HeadWidth)), TextVocabulary = (int)Shape(Encoder, "embed_tokens.weight", 0),
            MaxTextTokens = (int)Shape(Encoder, "embed_positions.weight", 0), CodebookSize = Codes, ImageTokens = (int)tokens, GridHeight = (int)grid, GridWidth = (int)grid,
        };
    }

    /// <summary>What the transformer has beside its sizes.</summary>
    public MinDalleSettings Settings() =>
        new() { ImageRows = (int)Shape(Decoder, DecoderOnly, 0), StartToken = Number("image_bos_token", Codes - 1) };

    /// <summary>Sizes of the detokenizer.</summary>
    public ImageTokenizerArchitecture Detokenizer()
    {
        const double Epsilon = 1e-5;
        VqGanSettings settings = new(Number("detokenizer.norm_groups", 32), _source.Number("detokenizer.norm_eps") ?? Epsilon, SignedPixels: false);
        ImageTokenizerArchitecture sizes = VqGanSizes.Of(DetokenizerTensors(), 0, settings);
        return sizes with { ImageSize = sizes.PatchSize * Sizes().GridWidth };
    }

    private int Codes => (int)Shape(DetokenizerFile, "embedding.weight", 0);

    private static bool IsDecoder(SourceCheckpoint checkpoint) => Has(checkpoint, EncoderMark, "layers.0.encoder_attn.q_proj.weight", DecoderOnly);

    private static bool IsEncoder(SourceCheckpoint checkpoint) => Has(checkpoint, EncoderMark, "embed_tokens.weight", "final_ln.weight") && !checkpoint.Tensors.ContainsKey(DecoderOnly);

    private static bool Has(SourceCheckpoint checkpoint, params string[] names) => names.All(checkpoint.Tensors.ContainsKey);

    // The same part in two containers is one part.
    private static SourceCheckpoint One(ImportSource source, string part, Func<SourceCheckpoint, bool> isPart)
    {
        SourceCheckpoint found = source.First(isPart) ?? throw new CheckpointException(
            $"{source.Path} has no {part}; a model of family {MinDalleFamily.FamilyName} is encoder, decoder and detoker in one folder.");
        string[] names = [.. source.Checkpoints.Where(isPart).Select(Stem).Distinct()];
        return names.Length == 1 ? found : throw new CheckpointException(
            $"{source.Path} has several of {part}: {string.Join(", ", names)}. Put the files of one model in a folder of their own.");
    }

    private static string Stem(SourceCheckpoint checkpoint) => Path.GetFileNameWithoutExtension(checkpoint.Name);

    private static int Layers(SourceCheckpoint checkpoint)
    {
        int layers = 0;
        while (checkpoint.Tensors.ContainsKey($"layers.{layers}.glu.fc0.weight"))
        {
            layers++;
        }

        return layers;
    }

    private static long Shape(SourceCheckpoint checkpoint, string tensor, int dimension) =>
        checkpoint.Tensors.TryGetValue(tensor, out SourceTensor? found) && found.Shape.Count == 2
            ? found.Shape[dimension]
            : throw new CheckpointException($"{checkpoint.Name}: tensor \"{tensor}\" is missing or no matrix.");

    private string Beside(string name) => _source.FileOf(name) ?? throw new CheckpointException($"{_source.Path} has no {name}; it is published beside the weights.");

    private int Number(string name, int otherwise) => (int)(_source.Number(name) ?? otherwise);
}
