using Parti.Inference.Execution;
using Parti.Inference.Kernels;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Llama;
using Parti.Models.Layers;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>
/// A decoder-only model behind <see cref="IModelNetworks"/>: text states are the first inputs of its decoder. How a text becomes states is
/// the family's own.
/// </summary>
public abstract class PrefixNetworks : IModelNetworks
{
    private readonly PrefixDecoder _decoder;
    private readonly PictureNetworks _pictures;
    private readonly WeightFormat _format;
    private torch.ScalarType _type = torch.ScalarType.Float32;
    private readonly IReadOnlyList<torch.nn.Module> _modules;

    /// <summary>Takes networks.</summary>
    /// <param name="decoder">The decoder; owned from now on.</param>
    /// <param name="pictures">Tokens to pictures; owned from now on.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="format">How the decoder's matrices are kept by the kernels.</param>
    /// <param name="others">What else is owned.</param>
    private protected PrefixNetworks(PrefixDecoder decoder, PictureNetworks pictures, torch.Device device, WeightFormat format, params IReadOnlyList<torch.nn.Module> others)
    {
        (_decoder, _pictures, Device, _format) = (decoder, pictures, device, format);
        _modules = [decoder, .. others];
        foreach (torch.nn.Module module in _modules)
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
    public ModelParts Parts => Share.Parts;

    /// <inheritdoc />
    public int MaxTextTokens => Sizes.MaxPrefix;

    /// <inheritdoc />
    public int TextWidth => Sizes.Width;

    /// <inheritdoc />
    public int Vocabulary => Sizes.CodebookSize;

    /// <inheritdoc />
    public int ImageTokens => Sizes.ImageTokens;

    /// <inheritdoc />
    public bool TextIsPrefix => true;

    private LlamaArchitecture Sizes => _decoder.Trunk.Sizes;

    /// <inheritdoc />
    public abstract torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask);

    /// <inheritdoc />
    public torch.Tensor? UnconditionalText(int tokens) => _decoder.Unconditional(tokens);

    /// <inheritdoc />
    public void HoldIn(torch.ScalarType type)
    {
        _type = type;
        foreach (torch.nn.Module module in _modules)
        {
            HalfPrecision.Apply(module, type);
        }
    }

    /// <inheritdoc />
    /// <remarks>An int8 model computes in float32 here, with what quantisation leaves of its weights.</remarks>
    public IDecodeCache NewCache(int rows)
    {
        if (_format == WeightFormat.Int8)
        {
            _decoder.QuantiseDecoder();
        }
        return new Cache(new LlamaCache(_decoder, rows, Device, _type));
    }

    /// <inheritdoc />
    /// <remarks>The plain path is gone afterwards: the weights are kept once, each given back as soon as it is laid out anew.</remarks>
    public IStepDecoder? NewKernels(int rows, int threads) => Device.type == DeviceType.CPU && _type == torch.ScalarType.Float32 && Sizes.Width == Sizes.Heads * Sizes.HeadWidth
        ? Shards > 1 ? new KernelDecoder(PrefixKernels.Take(_decoder, rows, _format), rows, threads, Shards)
            : Share.NewDecoder(PrefixKernels.Take(_decoder, rows, _format), rows, threads)
        : null;

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
        foreach (torch.nn.Module module in _modules)
        {
            module.Dispose();
        }
        _pictures.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What is loaded.</summary>
    internal ModelShare Share { get; init; } = ModelShare.Whole;

    /// <summary>Ranges of layers of the kernels to come; how many changes no bit.</summary>
    internal int Shards { get; init; } = 1;

    private sealed class Cache(LlamaCache cache) : IDecodeCache
    {
        public void Enter(int row, torch.Tensor states, torch.Tensor mask) => cache.Enter(row, states, mask);

        public torch.Tensor Step(torch.Tensor tokens, torch.Tensor positions) => cache.Step(tokens, positions);

        public void Dispose() => cache.Dispose();
    }
}
