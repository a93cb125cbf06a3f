using Parti.Inference.Execution;
using Parti.Inference.Kernels;
using Parti.Models.Checkpoints;
using Parti.Models.Families.MinDalle;
using Parti.Models.Layers;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>DALL·E mini and mega behind <see cref="IModelNetworks"/>: text encoder, decoder, VQGAN detokenizer.</summary>
public sealed class MinDalleNetworks : IModelNetworks
{
    private readonly MinDalleTransformer _transformer;
    private readonly PictureNetworks _pictures;
    private readonly WeightFormat _format;
    private readonly ModelShare _share;
    private torch.ScalarType _type = torch.ScalarType.Float32;

    private MinDalleNetworks(MinDalleTransformer transformer, PictureNetworks pictures, torch.Device device, WeightFormat format, ModelShare share)
    {
        (_transformer, _pictures, Device, _format, _share) = (transformer, pictures, device, format, share);
        transformer.eval();
        foreach (TorchSharp.Modules.Parameter parameter in transformer.parameters())
        {
            parameter.requires_grad = false;
        }
    }

    /// <inheritdoc />
    public torch.Device Device { get; }

    /// <inheritdoc />
    public ModelParts Parts => _share.Parts;

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
    /// <param name="share">What is loaded.</param>
    /// <exception cref="CheckpointException">A file that is read differs from its hash, or a tensor is missing, left over or of another shape; names it.</exception>
    public static IModelNetworks Load(ModelDirectory directory, torch.Device device, ModelShare share)
    {
        ModelManifest manifest = directory.Manifest;
        TransformerArchitecture sizes = manifest.Architecture.Transformer;
        Func<string, bool> isOwn = MinDalleKernels.Names.Of(share, sizes.DecoderLayers);
        share.RequireIntact(directory, isOwn);
        MinDalleTransformer transformer = FamilyFiles.Read(
            new MinDalleTransformer(share.Of(sizes), MinDalleSettings.Of(manifest), device), directory, manifest.Weights.Transformer, "weights.transformer", isOwn);
        return new MinDalleNetworks(transformer, PictureNetworks.Load(directory, device, share), device, manifest.DecoderWeights, share);
    }

    /// <inheritdoc />
    public torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask) => _transformer.Encoder.Encode(ids, mask);

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

        return new Cache(new DecoderCache(_transformer.Decoder, rows, Device, _type));
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
        Dictionary<string, torch.Tensor> weights = _transformer.Decoder.state_dict();
        DecoderWeights packed = MinDalleKernels.Pack(Sizes, _transformer.Settings, name => weights[name].data<float>().ToArray(), _format);
        _transformer.ReleaseDecoder();
        return _share.NewDecoder(packed, rows, threads);
    }

    /// <inheritdoc />
    public torch.Tensor DecodePicture(torch.Tensor tokens) => _pictures.Decode(tokens);

    /// <inheritdoc />
    public torch.Tensor EncodePicture(torch.Tensor picture) => _pictures.Encode(picture);

    /// <inheritdoc />
    public torch.Tensor? NeutralTokens() => _pictures.NeutralTokens();

    /// <inheritdoc />
    public torch.Tensor Upscale(torch.Tensor picture) => _pictures.Upscale(picture);

    /// <inheritdoc />
    public void Dispose()
    {
        _transformer.Dispose();
        _pictures.Dispose();
    }

    private sealed class Cache(DecoderCache cache) : IDecodeCache
    {
        public void Enter(int row, torch.Tensor states, torch.Tensor mask) => cache.Enter(row, states, mask);

        public torch.Tensor Step(torch.Tensor tokens, torch.Tensor positions) => cache.Step(tokens, positions);

        public (torch.Tensor Logits, torch.Tensor Attention) StepAttending(torch.Tensor tokens, torch.Tensor positions) => cache.StepAttending(tokens, positions);

        public (int Layers, int Heads) CrossLayers => cache.CrossLayers;

        public void Dispose() => cache.Dispose();
    }
}
