using System.Globalization;
using Parti.Inference.Kernels;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;

namespace Parti.Inference.Execution;

/// <summary>What of a model an engine loads.</summary>
public sealed record ModelShare
{
    /// <summary>The whole model.</summary>
    public static ModelShare Whole { get; } = new();

    /// <summary>Its networks.</summary>
    public ModelParts Parts { get; init; } = ModelParts.All;

    /// <summary>Ranges of the decoder's layers: the first is loaded, the others are at other workers.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>The other ranges; null where there is one.</summary>
    public IShardReplica? Replica { get; init; }

    /// <summary>Whether that is the whole model.</summary>
    public bool IsWhole => Parts == ModelParts.All && Shards == 1;

    /// <summary>Whether a network is loaded.</summary>
    /// <param name="part">One of them.</param>
    public bool Has(ModelParts part) => (Parts & part) != 0;

    /// <summary>Layers of the decoder that are loaded, from the first on.</summary>
    /// <param name="layers">Layers of the decoder.</param>
    internal int LayersOf(int layers) => Has(ModelParts.Decoder) ? new LayerShard(0, Shards).Of(layers).End.Value : 0;

    /// <summary>Sizes of a transformer with the layers that are loaded.</summary>
    /// <param name="sizes">Sizes of the whole.</param>
    internal TransformerArchitecture Of(TransformerArchitecture sizes) => sizes with
    {
        EncoderLayers = Has(ModelParts.Text) ? sizes.EncoderLayers : 0,
        DecoderLayers = LayersOf(sizes.DecoderLayers),
    };

    /// <summary>A decoder on the layers that were loaded.</summary>
    /// <param name="weights">Their weights; owned from now on.</param>
    /// <param name="rows">Rows of the caches.</param>
    /// <param name="threads">Threads that share a step.</param>
    internal IStepDecoder NewDecoder(DecoderWeights weights, int rows, int threads) => Replica is null
        ? new KernelDecoder(weights, rows, threads)
        : new ShardedDecoder(weights, rows, threads, Shards, Replica);

    /// <summary>Holds the files of a shard's layers against the manifest's hashes; no other file need be there.</summary>
    /// <param name="directory">The model.</param>
    /// <param name="isOwn">Which weights of the transformer are read.</param>
    /// <exception cref="CheckpointException">A file is missing or differs.</exception>
    internal static void RequireLayers(ModelDirectory directory, Func<string, bool> isOwn)
    {
        Dictionary<string, Func<string, bool>> read = directory.Manifest.Files.Keys.ToDictionary(file => file, _ => new Func<string, bool>(_ => false));
        read[directory.Manifest.Weights.Transformer] = isOwn;
        directory.RequireIntact(read);
    }

    /// <summary>Holds the files that are read against the manifest's hashes, where they are not those of the whole model.</summary>
    /// <param name="directory">The model.</param>
    /// <param name="isOwn">Which weights of the transformer are read.</param>
    /// <exception cref="CheckpointException">A file is missing or differs.</exception>
    internal void RequireIntact(ModelDirectory directory, Func<string, bool> isOwn)
    {
        if (IsWhole)
        {
            return;
        }
        WeightFiles files = directory.Manifest.Weights;
        Dictionary<string, Func<string, bool>> read = new() { [files.Transformer] = isOwn };
        Leave(files.ImageTokenizer, ModelParts.Pictures);
        Leave(files.Upsampler, ModelParts.Upsampler);
        Leave(files.TextEncoder, ModelParts.Text);
        directory.RequireIntact(read);

        void Leave(string? file, ModelParts part)
        {
            if (file is not null && !Has(part))
            {
                read[file] = _ => false;
            }
        }
    }
}

/// <summary>How a family's weights are called: which belong to the text encoder, which to a layer of the decoder, and the rest to its ends.</summary>
/// <param name="LayerPrefix">What stands before a layer's number.</param>
/// <param name="Text">How names of the text encoder begin.</param>
sealed record ShareNames(string LayerPrefix, params string[] Text)
{
    /// <summary>Which weights a share has.</summary>
    /// <param name="share">The share.</param>
    /// <param name="layers">Layers of the whole decoder.</param>
    public Func<string, bool> Of(ModelShare share, int layers)
    {
        int own = share.LayersOf(layers);
        return name => Text.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) ? share.Has(ModelParts.Text)
            : LayerOf(name) is { } layer ? layer < own
            : share.Has(ModelParts.Decoder);
    }

    /// <summary>Which weights belong to some layers of the decoder.</summary>
    /// <param name="layers">The layers.</param>
    public Func<string, bool> Of(Range layers) => name => LayerOf(name) is { } layer && layer >= layers.Start.Value && layer < layers.End.Value;

    private int? LayerOf(string name) =>
        name.StartsWith(LayerPrefix, StringComparison.Ordinal) && name.IndexOf('.', LayerPrefix.Length) is > 0 and int dot
            && int.TryParse(name.AsSpan(LayerPrefix.Length, dot - LayerPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            ? layer
            : null;
}
