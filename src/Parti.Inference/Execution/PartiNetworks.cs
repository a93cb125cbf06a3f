using Parti.Inference.Families;
using Parti.Inference.Kernels;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using Parti.Models.SuperResolution;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Execution;

/// <summary>The Parti family behind <see cref="IModelNetworks"/>: text encoder, decoder, an image tokenizer and an upsampler of any kind.</summary>
public sealed class PartiNetworks : IModelNetworks
{
    readonly PartiTransformer _transformer;
    readonly IImageTokenizer _imageTokenizer;
    readonly torch.nn.Module<torch.Tensor, torch.Tensor>? _upsampler;
    readonly WeightFormat _format;
    readonly Func<DecoderWeights, int, int, IStepDecoder> _kernels;
    torch.ScalarType _type = torch.ScalarType.Float32;

    PartiNetworks(ModelDirectory directory, PartiTransformer transformer, torch.Device device, Func<DecoderWeights, int, int, IStepDecoder> kernels)
    {
        ModelManifest manifest = directory.Manifest;
        (_transformer, _format, _kernels, Device) = (transformer, manifest.DecoderWeights, kernels, device);
        using SafeTensorsReader images = directory.OpenWeights(manifest.Weights.ImageTokenizer);
        _imageTokenizer = ImageTokenizers.Load(manifest.Architecture.ImageTokenizer, images, device);
        _upsampler = manifest.Architecture.Upsampler is { } sizes && manifest.Weights.Upsampler is { } file
            ? Read(Upsamplers.Create(sizes, device), directory, file)
            : null;
        foreach (torch.nn.Module module in Modules)
        {
            module.eval();
            foreach (TorchSharp.Modules.Parameter parameter in module.parameters())
            {
                parameter.requires_grad = false;
            }
        }
    }

    /// <inheritdoc />
    public torch.Device Device { get; }

    /// <inheritdoc />
    public int MaxTextTokens => _transformer.Architecture.MaxTextTokens;

    /// <inheritdoc />
    public int TextWidth => _transformer.Architecture.Width;

    /// <inheritdoc />
    public int Vocabulary => _transformer.Architecture.CodebookSize;

    /// <inheritdoc />
    public int ImageTokens => _transformer.Architecture.ImageTokens;

    IEnumerable<torch.nn.Module> Modules => new torch.nn.Module?[] { _transformer, (torch.nn.Module)_imageTokenizer, _upsampler }.OfType<torch.nn.Module>();

    /// <summary>Reads the networks of a model directory.</summary>
    /// <param name="directory">A model directory of family parti.</param>
    /// <param name="device">Where the weights go.</param>
    /// <exception cref="CheckpointException">A tensor is missing, left over or of another shape; names it.</exception>
    public static IModelNetworks Load(ModelDirectory directory, torch.Device device)
    {
        PartiTransformer transformer = new(directory.Manifest.Architecture.Transformer, device: device);
        return new PartiNetworks(
            directory, Read(transformer, directory, directory.Manifest.Weights.Transformer), device, (weights, rows, threads) => new KernelDecoder(weights, rows, threads));
    }

    /// <summary>Reads the networks for a processor, of the decoder the first layers alone; the others are at other shards.</summary>
    /// <param name="directory">A model directory of family parti.</param>
    /// <param name="layers">Layers to read.</param>
    /// <param name="shards">Shards of the decoder.</param>
    /// <param name="replica">The other shards.</param>
    /// <param name="isOwn">Whether a weight of the transformer belongs here.</param>
    /// <exception cref="CheckpointException">A tensor is missing, left over or of another shape; names it.</exception>
    internal static IModelNetworks LoadLeader(ModelDirectory directory, int layers, int shards, IShardReplica replica, Func<string, bool> isOwn)
    {
        PartiTransformer transformer = new(directory.Manifest.Architecture.Transformer with { DecoderLayers = layers }, device: torch.CPU);
        using SafeTensorsReader reader = directory.OpenWeights(directory.Manifest.Weights.Transformer, isOwn);
        ModuleCheckpoint.Load(transformer, reader, isOwn: isOwn);
        return new PartiNetworks(directory, transformer, torch.CPU, (weights, rows, threads) => new ShardedDecoder(weights, rows, threads, shards, replica));
    }

    /// <inheritdoc />
    public torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask) => _transformer.EncodeText(ids, mask);

    /// <inheritdoc />
    public void HoldIn(torch.ScalarType type)
    {
        _type = type;
        HalfPrecision.Apply(_transformer, type);
    }

    /// <inheritdoc />
    /// <remarks>An int8 model computes in float32 here, with what quantisation leaves of its weights.</remarks>
    public IDecodeCache NewCache(int rows)
    {
        if (_format == WeightFormat.Int8)
        {
            _transformer.QuantiseDecoder();
        }
        return new Cache(new DecoderCache(_transformer, rows, Device, _type));
    }

    /// <inheritdoc />
    /// <remarks>The plain path is gone afterwards: the weights are kept once.</remarks>
    public IStepDecoder? NewKernels(int rows, int threads)
    {
        if (Device.type != DeviceType.CPU || _type != torch.ScalarType.Float32)
        {
            return null;
        }
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> weights = _transformer.state_dict();
        DecoderWeights packed = PartiKernels.Pack(_transformer.Architecture, name => weights[name].data<float>().ToArray(), _format);
        _transformer.ReleaseDecoder();
        return _kernels(packed, rows, threads);
    }

    /// <inheritdoc />
    public torch.Tensor DecodePicture(torch.Tensor tokens) => _imageTokenizer.Decode(tokens);

    /// <inheritdoc />
    public torch.Tensor EncodePicture(torch.Tensor picture) => _imageTokenizer.Encode(picture);

    /// <inheritdoc />
    public torch.Tensor Upscale(torch.Tensor picture)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _upsampler!.forward(picture).clamp(Scalars.Of(0), Scalars.Of(1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (torch.nn.Module module in Modules)
        {
            module.Dispose();
        }
    }

    static T Read<T>(T module, ModelDirectory directory, string file)
        where T : torch.nn.Module
    {
        using SafeTensorsReader reader = directory.OpenWeights(file);
        ModuleCheckpoint.Load(module, reader);
        return module;
    }

    sealed class Cache(DecoderCache cache) : IDecodeCache
    {
        public void Enter(int row, torch.Tensor states, torch.Tensor mask) => cache.Enter(row, states, mask);

        public torch.Tensor Step(torch.Tensor tokens, torch.Tensor positions) => cache.Step(tokens, positions);

        public void Dispose() => cache.Dispose();
    }
}
