using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Execution;
using Parti.Inference.Families;
using Parti.Inference.Kernels;
using Parti.Inference.Sharding;
using Parti.Inference.Tests.Families;
using Parti.Inference.Tests.Kernels;
using Parti.Models.Checkpoints;
using TorchSharp;

namespace Parti.Inference.Tests.Sharding;

/// <summary>The shards of a random model in this process, each on a thread of its own, behind links that can be cut.</summary>
sealed class LocalReplica : IShardReplica, IAsyncDisposable
{
    readonly Func<DecoderWeights> _pack;
    readonly List<ShardEngine> _engines = [];
    int _stepsUntilLoss = int.MaxValue;

    public LocalReplica(Func<DecoderWeights> pack, int shards, int rows)
    {
        (_pack, Shards, Rows) = (pack, shards, rows);
        for (int index = 1; index < shards; index++)
        {
            // Here and not on the engine's thread: weights come from the one seed of the process.
            LayerShard shard = new(index, shards);
            ShardLayers layers = Layers(shard);
            _engines.Add(new("model", "hash", shard, rows, 1, () => layers, NullLogger.Instance));
        }
    }

    public ShardSession? Session { get; private set; }

    public int Shards { get; }

    public int Rows { get; }

    public IReadOnlyList<ShardEngine> Engines => _engines;

    /// <summary>Weights of a model by its name in the tests; equal each time.</summary>
    public static DecoderWeights Weights(string model, int rows, WeightFormat format = WeightFormat.Float32)
    {
        if (TinyPrefixModels.Names.Contains(model))
        {
            using Parti.Models.Families.Llama.PrefixDecoder decoder = TinyPrefixModels.Decoder(model);
            return PrefixKernels.Take(decoder, rows, format);
        }
        using RandomModel random = RandomModel.Of(model, format);
        return random.NewWeights();
    }

    /// <summary>Claims all shards; their engines open the session before they take its first step.</summary>
    public LocalReplica Open()
    {
        Guid id = Guid.NewGuid();
        _engines.ForEach(engine => _ = engine.OpenAsync(id));
        _stepsUntilLoss = int.MaxValue;
        Session = new(id, [.. _engines.Select(engine => new Link(this, engine))]);
        return this;
    }

    /// <summary>The shards are lost after some more steps.</summary>
    public void LoseAfter(int steps) => _stepsUntilLoss = steps;

    public ShardedDecoder NewDecoder(int threads = 1)
    {
        DecoderWeights all = _pack();
        DecoderWeights own = new()
        {
            Sizes = all.Sizes, Input = all.Input, Rotary = all.Rotary, Layers = [.. all.Layers.Take(new LayerShard(0, Shards).Of(all.Layers.Count))],
            Norm = all.Norm, HeadLayer = all.HeadLayer, Head = all.Head, HeadBias = all.HeadBias,
        };
        return new(own, Rows, threads, Shards, this);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ShardEngine engine in _engines)
        {
            await engine.DisposeAsync();
        }
    }

    ShardLayers Layers(LayerShard shard)
    {
        DecoderWeights all = _pack();
        return new(all.Sizes, [.. all.Layers.Take(shard.Of(all.Layers.Count))], all.Rotary);
    }

    sealed class Link(LocalReplica replica, ShardEngine engine) : IShardLink
    {
        public async Task<float[]?> StepAsync(ShardStep step, CancellationToken cancellationToken)
        {
            float[]? output = await engine.StepAsync(step, cancellationToken);
            return Interlocked.Decrement(ref replica._stepsUntilLoss) < 0 ? null : output;
        }
    }
}

/// <summary>Networks whose decoder is split over threads.</summary>
sealed class SplitNetworks(IModelNetworks inner, LocalReplica replica) : IModelNetworks
{
    public torch.Device Device => inner.Device;

    public int MaxTextTokens => inner.MaxTextTokens;

    public int TextWidth => inner.TextWidth;

    public int Vocabulary => inner.Vocabulary;

    public int ImageTokens => inner.ImageTokens;

    public bool TextIsPrefix => inner.TextIsPrefix;

    public torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask) => inner.EncodeText(ids, mask);

    public torch.Tensor? UnconditionalText(int tokens) => inner.UnconditionalText(tokens);

    public IDecodeCache NewCache(int rows) => inner.NewCache(rows);

    public IStepDecoder NewKernels(int rows, int threads) => replica.NewDecoder(threads);

    public torch.Tensor DecodePicture(torch.Tensor tokens) => inner.DecodePicture(tokens);

    public torch.Tensor EncodePicture(torch.Tensor picture) => inner.EncodePicture(picture);

    public torch.Tensor? NeutralTokens() => inner.NeutralTokens();

    public torch.Tensor Upscale(torch.Tensor picture) => inner.Upscale(picture);

    public void Dispose() => inner.Dispose();
}
