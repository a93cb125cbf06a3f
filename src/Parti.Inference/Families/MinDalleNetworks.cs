using Parti.Inference.Execution;
using Parti.Inference.Kernels;
using Parti.Models.Checkpoints;
using Parti.Models.Families.MinDalle;
using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>DALL·E mini and mega behind <see cref="IModelNetworks"/>: text encoder, decoder, VQGAN detokenizer. There is no upsampler.</summary>
public sealed class MinDalleNetworks : IModelNetworks
{
    private readonly MinDalleTransformer _transformer;
    private readonly IImageTokenizer _imageTokenizer;
    private readonly WeightFormat _format;

    /// <summary>Takes networks.</summary>
    /// <param name="transformer">Encoder and decoder; owned from now on.</param>
    /// <param name="imageTokenizer">Tokens to pictures; owned from now on.</param>
    /// <param name="device">Where their weights are.</param>
    /// <param name="format">How the decoder's matrices are kept.</param>
    public MinDalleNetworks(MinDalleTransformer transformer, IImageTokenizer imageTokenizer, torch.Device device, WeightFormat format = WeightFormat.Float32)
    {
        (_transformer, _imageTokenizer, Device, _format) = (transformer, imageTokenizer, device, format);
        foreach (torch.nn.Module module in new[] { transformer, (torch.nn.Module)imageTokenizer })
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
    public int MaxTextTokens => Sizes.MaxTextTokens;

    /// <inheritdoc />
    public int TextWidth => Sizes.Width;

    /// <inheritdoc />
    public int Vocabulary => Sizes.CodebookSize;

    /// <inheritdoc />
    public int ImageTokens => Sizes.ImageTokens;

    private TransformerArchitecture Sizes => _transformer.Decoder.Architecture;

    /// <summary>Reads the networks of a model directory.</summary>
    /// <param name="directory">A model directory of family <c>min-dalle</c>.</param>
    /// <param name="device">Where the weights go.</param>
    /// <exception cref="CheckpointException">A tensor is missing, left over or of another shape; names it.</exception>
    public static IModelNetworks Load(ModelDirectory directory, torch.Device device)
    {
        ModelManifest manifest = directory.Manifest;
        MinDalleTransformer transformer = new(manifest.Architecture.Transformer, MinDalleSettings.Of(manifest), device);
        using SafeTensorsReader weights = directory.OpenWeights(manifest.Weights.Transformer), images = directory.OpenWeights(manifest.Weights.ImageTokenizer);
        ModuleCheckpoint.Load(transformer, weights);
        return new MinDalleNetworks(transformer, ImageTokenizers.Load(manifest.Architecture.ImageTokenizer, images, device), device, manifest.DecoderWeights);
    }

    /// <inheritdoc />
    public torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask) => _transformer.Encoder.Encode(ids, mask);

    /// <inheritdoc />
    /// <remarks>An int8 model computes in float32 here, with what quantisation leaves of its weights.</remarks>
    public IDecodeCache NewCache(int rows)
    {
        if (_format == WeightFormat.Int8)
        {
            _transformer.QuantiseDecoder();
        }

        return new Cache(new DecoderCache(_transformer.Decoder, rows, Device));
    }

    /// <inheritdoc />
    /// <remarks>The plain path is gone afterwards: the weights are kept once.</remarks>
    public IStepDecoder? NewKernels(int rows, int threads)
    {
        if (Device.type != DeviceType.CPU)
        {
            return null;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> weights = _transformer.Decoder.state_dict();
        DecoderWeights packed = MinDalleKernels.Pack(Sizes, _transformer.Settings, name => weights[name].data<float>().ToArray(), _format);
        _transformer.ReleaseDecoder();
        return new KernelDecoder(packed, rows, threads);
    }

    /// <inheritdoc />
    public torch.Tensor DecodePicture(torch.Tensor tokens) => _imageTokenizer.Decode(tokens);

    /// <inheritdoc />
    /// <exception cref="EngineRequestException"><c>unsupported</c>: the weights were published without the encoder of pictures.</exception>
    public torch.Tensor EncodePicture(torch.Tensor picture) => HasPictureEncoder
        ? _imageTokenizer.Encode(picture)
        : throw new EngineRequestException("unsupported", "This model was published without the encoder of its image tokenizer: it makes pictures and cannot read them.");

    /// <inheritdoc />
    /// <remarks>Without an encoder of pictures the code nearest to the mean of all stands for what is not sampled yet.</remarks>
    public torch.Tensor? NeutralTokens()
    {
        if (HasPictureEncoder || _imageTokenizer is not VqGan images)
        {
            return null;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor codes = images.Codes(TensorMath.Range(Vocabulary, Device).unsqueeze(0), 1, Vocabulary).squeeze(2);
        torch.Tensor nearest = codes.sub(codes.mean([2], keepdim: true)).Squared().sum([1L]).argmin(1);
        return nearest.expand(1, ImageTokens).clone().MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public torch.Tensor Upscale(torch.Tensor picture) => throw new EngineRequestException("unsupported", "This model has no upsampler.");

    /// <inheritdoc />
    public void Dispose()
    {
        _transformer.Dispose();
        _imageTokenizer.Dispose();
    }

    private bool HasPictureEncoder => _imageTokenizer.Architecture.Convolutions?.HasEncoder ?? true;

    private sealed class Cache(DecoderCache cache) : IDecodeCache
    {
        public void Enter(int row, torch.Tensor states, torch.Tensor mask) => cache.Enter(row, states, mask);

        public torch.Tensor Step(torch.Tensor tokens, torch.Tensor positions) => cache.Step(tokens, positions);

        public void Dispose() => cache.Dispose();
    }
}
