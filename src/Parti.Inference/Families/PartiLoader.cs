using System.Globalization;
using Parti.Inference.Execution;
using Parti.Inference.Planning;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.Text;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>Loads this project's own models.</summary>
internal sealed class PartiLoader : IFamilyLoader, ISplitFamily
{
    private const string LayerPrefix = "decoder.";

    public string Family => ModelFamilies.Parti;

    public ITextTokenizer LoadTokenizer(ModelDirectory directory) => directory.LoadTextTokenizer();

    public IModelNetworks LoadNetworks(ModelDirectory directory, torch.Device device) => PartiNetworks.Load(directory, device);

    public ModelWeights CountWeights(ModelManifest manifest) => ModelWeights.Of(manifest.Architecture);

    public IModelNetworks LoadLeader(ModelDirectory directory, int shards, IShardReplica replica)
    {
        Range own = new LayerShard(0, shards).Of(directory.Manifest.Architecture.Transformer.DecoderLayers);
        directory.RequireIntact(directory.Manifest.Weights.Transformer, name => IsIn(name, own) ?? true, others: true);
        return PartiNetworks.LoadLeader(directory, own.End.Value, shards, replica, name => IsIn(name, own) ?? true);
    }

    public ShardLayers LoadLayers(ModelDirectory directory, LayerShard shard)
    {
        TransformerArchitecture sizes = directory.Manifest.Architecture.Transformer;
        string weights = directory.Manifest.Weights.Transformer;
        Range own = shard.Of(sizes.DecoderLayers);
        bool IsOwn(string name) => IsIn(name, own) ?? false;
        directory.RequireIntact(weights, IsOwn, others: false);
        using SafeTensorsReader reader = directory.OpenWeights(weights, IsOwn);
        return new(PartiKernels.Sizes(sizes), PartiKernels.Layers(sizes, own, name => Read(reader, name, PartiKernels.LengthOf(sizes, name)), directory.Manifest.DecoderWeights));
    }

    // Null for what is no layer of the decoder.
    private static bool? IsIn(string name, Range layers) =>
        name.StartsWith(LayerPrefix, StringComparison.Ordinal) && name.IndexOf('.', LayerPrefix.Length) is > 0 and int dot
            && int.TryParse(name.AsSpan(LayerPrefix.Length, dot - LayerPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            ? layer >= layers.Start.Value && layer < layers.End.Value
            : null;

    private static float[] Read(SafeTensorsReader reader, string name, long length)
    {
        if (reader.Info(name).Elements != length)
        {
            throw new CheckpointException($"{reader.Info(name).File}: tensor \"{name}\" has shape {reader.Info(name).ShapeText}; the model needs {length} numbers.");
        }
        float[] values = new float[length];
        reader.ReadFloats(name, values);
        return values;
    }
}
