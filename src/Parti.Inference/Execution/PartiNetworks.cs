using Parti.Inference.Families;
using Parti.Inference.Kernels;
using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Execution;

/// <summary>The Parti family behind <see cref="IModelNetworks"/>: text encoder, decoder, an image tokenizer and an upsampler of any kind.</summary>
public sealed class PartiNetworks : IModelNetworks
{
    readonly PartiTransformer _transformer;
    readonly PictureNetworks _pictures;
    readonly WeightFormat _format;
    readonly ModelShare _share;
    torch.ScalarType _type = torch.ScalarType.Float32;

    PartiNetworks(ModelDirectory directory, PartiTransformer transformer, torch.Device device, ModelShare share)
    {
        (_transformer, _format, _share, Device) = (transformer, directory.Manifest.DecoderWeights, share, device);
        _pictures = PictureNetworks.Load(directory, device, share);
        transformer.eval();
        foreach (TorchSharp.Modules.Parameter parameter in transformer.parameters())
        {
            parameter.requires_grad = false;
        }
    }

    /// <inheritdoc />
    public ModelParts Parts => _share.Parts;

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

    /// <summary>Reads the networks of a model directory.</summary>
    /// <param name="directory">A model directory of family parti.</param>
    /// <param name="device">Where the weights go.</param>
    /// <param name="share">What is loaded; null for the whole model.</param>
    /// <exception cref="CheckpointException">A file that is read differs from its hash, or a tensor is missing, left over or of another shape; names it.</exception>
    public static IModelNetworks Load(ModelDirectory directory, torch.Device device, ModelShare? share = null)
    {
        share ??= ModelShare.Whole;
        TransformerArchitecture sizes = directory.Manifest.Architecture.Transformer;
        Func<string, bool> isOwn = PartiKernels.Names.Of(share, sizes.DecoderLayers);
        share.RequireIntact(directory, isOwn);
        PartiTransformer transformer = new(share.Of(sizes), device: device);
        return new PartiNetworks(
            directory, FamilyFiles.Read(transformer, directory, directory.Manifest.Weights.Transformer, "weights.transformer", isOwn), device, share);
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

    sealed class Cache(DecoderCache cache) : IDecodeCache
    {
        public void Enter(int row, torch.Tensor states, torch.Tensor mask) => cache.Enter(row, states, mask);

        public torch.Tensor Step(torch.Tensor tokens, torch.Tensor positions) => cache.Step(tokens, positions);

        public (torch.Tensor Logits, torch.Tensor Attention) StepAttending(torch.Tensor tokens, torch.Tensor positions) => cache.StepAttending(tokens, positions);

        public (int Layers, int Heads) CrossLayers => cache.CrossLayers;

        public void Dispose() => cache.Dispose();
    }
}
