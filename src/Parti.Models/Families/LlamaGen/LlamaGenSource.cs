using System.Globalization;
using System.Text.RegularExpressions;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Families.T5;

namespace Parti.Models.Families.LlamaGen;

/// <summary>The published decoder of a LlamaGen model, and the sizes that its tensors show.</summary>
sealed partial class LlamaGenSource
{
    private const string Tokens = "tok_embeddings.weight", FirstProjection = "layers.0.attention.wqkv.weight";
    private const string ClassTable = "cls_embedding.embedding_table.weight", NoCaption = "cls_embedding.uncond_embedding";
    private const int Downsampling = 16, SmallestEdge = 256, UsualHeadWidth = 64;

    // Heads of the published sizes, by width, where a head is not 64 wide; no tensor shows them.
    private static readonly Dictionary<int, int> HeadsByWidth = new() { [3200] = 32, [4096] = 32 };

    private readonly ImportSource _source;

    private LlamaGenSource(ImportSource source, SourceCheckpoint decoder) => (_source, Decoder) = (source, decoder);

    /// <summary>The decoder's checkpoint.</summary>
    internal SourceCheckpoint Decoder { get; }

    /// <summary>Whether the model draws classes.</summary>
    internal bool DrawsClasses => Decoder.Tensors.ContainsKey(ClassTable);

    /// <summary>Finds the decoder.</summary>
    /// <returns>Null where there is none.</returns>
    internal static LlamaGenSource? Find(ImportSource source) => source.With(Tokens, FirstProjection) is { } decoder ? new(source, decoder) : null;

    /// <summary>Sizes for a manifest.</summary>
    /// <param name="encoder">The text encoder; null for classes.</param>
    internal TransformerArchitecture Transformer(T5Architecture? encoder)
    {
        int width = Decoder.Size(Tokens, 1), edge = Edge();
        return new()
        {
            EncoderLayers = encoder?.Layers ?? 0, DecoderLayers = Decoder.Layers(layer => $"layers.{layer}.attention.wqkv.weight"), Width = width,
            MlpWidth = Decoder.Size("layers.0.feed_forward.w1.weight", 0), Heads = Heads(width), CodebookSize = Decoder.Size(Tokens, 0),
            TextVocabulary = DrawsClasses ? Decoder.Size(ClassTable, 0) : encoder?.Vocabulary ?? 0,
            MaxTextTokens = DrawsClasses ? 1 : Decoder.Size(NoCaption, 0), GridHeight = edge, GridWidth = edge, ImageTokens = edge * edge,
        };
    }

    /// <summary>What the decoder has beside its sizes.</summary>
    /// <param name="encoder">The text encoder; null for classes.</param>
    internal LlamaGenSettings Settings(T5Architecture? encoder)
    {
        int width = Decoder.Size(Tokens, 1), heads = Heads(width), rows = Decoder.Size(FirstProjection, 0);
        return new()
        {
            Classes = DrawsClasses ? Decoder.Size(ClassTable, 0) - 1 : 0, TextEncoder = DrawsClasses ? null : encoder,
            KeyValueHeads = (rows - width) / 2 / (width / heads), NormEpsilon = _source.Settings.Number("norm_eps", 1e-5),
            RotaryBase = _source.Settings.Number("rope_base", 10_000),
        };
    }

    /// <summary>An encoder of the right width, for a source that has the decoder alone.</summary>
    internal T5Architecture? ImpliedEncoder() => DrawsClasses ? null : new()
    {
        Layers = 1, Heads = 1, HeadWidth = UsualHeadWidth, Vocabulary = 8, MlpWidth = 8, Width = Decoder.Size(NoCaption, 1),
    };

    /// <summary>The decoder's tensors by our names.</summary>
    internal IReadOnlyDictionary<string, SourceTensor> Tensors(LlamaGenSettings settings, TransformerArchitecture transformer) =>
        Decoder.Tensors.Values.SelectMany(tensor => LlamaGenKeyMap.Map(tensor, settings.Sizes(transformer))).ToDictionary(pair => pair.Name, pair => pair.Tensor, StringComparer.Ordinal);

    private int Heads(int width) => _source.Settings.Whole("n_head", HeadsByWidth.GetValueOrDefault(width, Math.Max(1, width / UsualHeadWidth)));

    // Tokens along an edge: no tensor shows them, the published files have the picture's size in their names.
    private int Edge()
    {
        Match size = EdgeInName().Match(Path.GetFileNameWithoutExtension(Decoder.Name));
        int pixels = size.Success ? int.Parse(size.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : SmallestEdge;
        return _source.Settings.Whole("grid", pixels / Downsampling);
    }

    [GeneratedRegex("_(256|384|512)$")]
    private static partial Regex EdgeInName();
}
