using Parti.Models.Checkpoints;
using Parti.Models.Quantisation;

namespace Parti.Inference.Planning;

/// <summary>
/// What a model needs on devices of some memory, and the least time that reading it takes: a decode step of few rows reads every weight
/// of the decoder once and the filled part of its caches, and can be no faster than that.
/// </summary>
public sealed class MemoryPlan
{
    // For activations, the tensor library's workspace and what fragments: more than any step here was seen to need.
    const double UsableShare = 0.9;

    readonly ModelWeights _weights;
    readonly TransformerArchitecture _sizes;
    readonly int _bytesPerNumber;
    readonly double _bytesPerDecoderWeight;
    readonly double _seenTokens;

    /// <summary>Plans a model.</summary>
    /// <param name="weights">Its weights.</param>
    /// <param name="sizes">Its transformer's sizes.</param>
    /// <param name="bytesPerNumber">Of weights and cache: 4 for float32, 2 for half precision.</param>
    /// <param name="shards">Devices that share the decoder by contiguous layers, 1 to its layers.</param>
    /// <param name="format">How the decoder's matrices are kept; float32 stands for <paramref name="bytesPerNumber"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are more shards than layers.</exception>
    public MemoryPlan(ModelWeights weights, TransformerArchitecture sizes, int bytesPerNumber, int shards = 1, WeightFormat format = WeightFormat.Float32)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shards, sizes.DecoderLayers);
        (_weights, _sizes, _bytesPerNumber, Shards) = (weights, sizes, bytesPerNumber, shards);
        _seenTokens = Enumerable.Range(0, sizes.ImageTokens).Average(sizes.SeenFrom);
        _bytesPerDecoderWeight = format == WeightFormat.Int8 ? 1 + sizeof(float) / (double)Int8Blocks.Inputs : bytesPerNumber;
    }

    /// <summary>Devices that share the decoder.</summary>
    public int Shards { get; }

    /// <summary>Layers of the largest shard.</summary>
    public int LayersPerShard => (_sizes.DecoderLayers + Shards - 1) / Shards;

    /// <summary>Bytes of weights of the device that holds most: a shard's layers, and everything that is no layer on one of them.</summary>
    public long WeightBytes => Ends + (long)(_bytesPerDecoderWeight * LayersPerShard * _weights.DecoderLayer);

    /// <summary>Bytes of weights of all devices together.</summary>
    public long AllWeightBytes => Ends + (long)(_bytesPerDecoderWeight * _sizes.DecoderLayers * _weights.DecoderLayer);

    /// <summary>Bytes of keys and values of one slot on one device: two rows, all image tokens and text tokens of its layers.</summary>
    public long SlotBytes => 2L * 2 * _bytesPerNumber * LayersPerShard * (_sizes.ImageTokens + _sizes.MaxTextTokens) * _sizes.Width;

    /// <summary>Slots that fit beside the weights, 0 when the weights alone do not.</summary>
    /// <param name="memory">Bytes of one device.</param>
    public long Slots(long memory) => Math.Max(0, (Usable(memory) - WeightBytes) / SlotBytes);

    /// <summary>Bytes that a decode step reads on all devices: the weights once, and of the caches what a token attends to on average.</summary>
    /// <param name="slots">Pictures in the step.</param>
    public double StepBytes(long slots)
    {
        double weights = _bytesPerDecoderWeight * (_weights.StepEnds + _sizes.DecoderLayers * _weights.StepLayer);
        double cache = 2.0 * 2 * _bytesPerNumber * _sizes.DecoderLayers * (_seenTokens + _sizes.MaxTextTokens) * _sizes.Width;
        return weights + slots * cache;
    }

    /// <summary>Least seconds from the first token of a picture to its last.</summary>
    /// <param name="slots">Pictures sampled together.</param>
    /// <param name="bandwidth">Bytes a second that one device reads.</param>
    public double SecondsPerPicture(long slots, double bandwidth) => _sizes.ImageTokens * StepBytes(slots) / bandwidth;

    /// <summary>Most image tokens a second of all pictures together, without overlap of shards.</summary>
    /// <inheritdoc cref="SecondsPerPicture" path="/param"/>
    public double TokensPerSecond(long slots, double bandwidth) => slots * bandwidth / StepBytes(slots);

    /// <summary>Refuses what does not fit.</summary>
    /// <param name="model">Name of the model.</param>
    /// <param name="slots">Slots wanted.</param>
    /// <param name="memory">Bytes of one device.</param>
    /// <exception cref="EngineRequestException"><c>model_too_large</c>: with the numbers and the way out.</exception>
    public void Require(string model, int slots, long memory)
    {
        long fit = Slots(memory);
        if (fit < slots)
        {
            string wayOut = fit > 0 ? $"take {fit} slots at most" : "take a device with more memory, or half precision";
            throw new EngineRequestException(
                "model_too_large",
                $"Model {model} needs {ByteSize.Text(WeightBytes)} for weights and {ByteSize.Text(SlotBytes)} a slot; with {slots} slots that is "
                + $"{ByteSize.Text(WeightBytes + slots * SlotBytes)} of the {ByteSize.Text(Usable(memory))} that may be used here: {wayOut}.");
        }
    }

    long Ends => _bytesPerNumber * (_weights.Encoder + _weights.Pictures + _weights.DecoderEnds);

    static long Usable(long memory) => (long)(memory * UsableShare);
}
