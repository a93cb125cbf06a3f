using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.ImageTokenizer;

/// <summary>
/// Convolutional image tokenizer (VQGAN §3; LlamaGen §2.1 for ℓ2-normalised codes of few numbers): the tokenizer of DALL·E mini, LlamaGen
/// and Janus. Legend: B pictures, N tokens, h and w the grid, Z latent channels, C code width.
/// </summary>
public sealed class VqGan : nn.Module, IImageTokenizer
{
    private readonly VqGanNetwork? encoder;
    private readonly VqGanNetwork decoder;
    private readonly Conv2d? to_code;
    private readonly Conv2d from_code;
    private readonly Parameter codebook;
    private readonly VqGanArchitecture _sizes;

    /// <summary>Allocates a tokenizer with random weights.</summary>
    /// <param name="architecture">Sizes of kind <see cref="ImageTokenizerKind.VqGan"/>.</param>
    /// <param name="device">Where the weights are.</param>
    /// <exception cref="ArgumentException">The sizes are of another kind.</exception>
    public VqGan(ImageTokenizerArchitecture architecture, Device? device = null)
        : base(nameof(VqGan))
    {
        Architecture = architecture;
        _sizes = architecture.Convolutions ?? throw new ArgumentException("The architecture has no convolutions.", nameof(architecture));
        int latent = _sizes.LatentChannels, code = architecture.CodebookDim;
        encoder = _sizes.HasEncoder ? VqGanNetwork.Encoder(_sizes, device) : null;
        to_code = _sizes.HasEncoder ? nn.Conv2d(latent, code, 1, device: device) : null;
        codebook = new Parameter(randn(architecture.CodebookSize, code, device: device));
        from_code = nn.Conv2d(code, latent, 1, device: device);
        decoder = VqGanNetwork.Decoder(_sizes, device);
        RegisterComponents();
    }

    /// <inheritdoc />
    public ImageTokenizerArchitecture Architecture { get; }

    /// <inheritdoc />
    public Tensor Encode(Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = _sizes.SignedPixels ? pictures.mul(Scalars.Of(2)).sub(Scalars.Of(1)) : pictures;
        return Nearest(ToCode(EncodePixels(pixels))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public Tensor Decode(Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        return Colours(DecodeLatents(Latents(tokens))).MoveToOuterDisposeScope();
    }

    /// <summary>Latents of a whole picture's tokens, what <see cref="DecodeLatents(Tensor)"/> takes.</summary>
    /// <param name="tokens"><c>[B, N]</c>, int64.</param>
    /// <returns><c>[B, Z, h, w]</c>.</returns>
    public Tensor Latents(Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        int grid = Architecture.ImageSize / Architecture.PatchSize;
        return FromCode(Codes(tokens, grid, grid)).MoveToOuterDisposeScope();
    }

    /// <summary>Pixels of 0 to 1 from those in the network's own range.</summary>
    /// <param name="pixels"><c>[B, 3, H, W]</c> of <see cref="DecodeLatents(Tensor)"/>.</param>
    public Tensor Colours(Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor colours = _sizes.SignedPixels ? pixels.Plus(Scalars.Of(1)).mul(Scalars.Of(0.5)) : pixels;
        return colours.clamp(Scalars.Of(0), Scalars.Of(1)).MoveToOuterDisposeScope();
    }

    /// <summary>What the encoder gives before it is projected to codes.</summary>
    /// <param name="pixels"><c>[B, 3, H, W]</c> in the network's own range.</param>
    /// <returns><c>[B, Z, h, w]</c>.</returns>
    /// <exception cref="NotSupportedException">The weights hold a decoder only.</exception>
    public Tensor EncodePixels(Tensor pixels) => encoder is null
        ? throw new NotSupportedException("This image tokenizer was published without its encoder; it cannot turn pictures into tokens.")
        : encoder.forward(pixels);

    /// <summary>Latents projected to the codes' width, not normalised.</summary>
    /// <param name="latents"><c>[B, Z, h, w]</c>.</param>
    /// <returns><c>[B, C, h, w]</c>.</returns>
    public Tensor ToCode(Tensor latents) => to_code!.forward(latents);

    /// <summary>Ids of the nearest codes.</summary>
    /// <param name="projected"><c>[B, C, h, w]</c> of <see cref="ToCode"/>.</param>
    /// <returns><c>[B, h w]</c>, int64, raster order.</returns>
    public Tensor Nearest(Tensor projected)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor z = Normalised(projected.flatten(2).transpose(1, 2)), codes = Normalised(codebook);
        // |z|² is the same for every code.
        Tensor distances = codes.Squared().sum(-1).sub(z.matmul(codes.t()).mul(Scalars.Of(2)));
        return distances.argmin(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Codes of tokens, normalised where the model does so.</summary>
    /// <param name="tokens"><c>[B, h w]</c>, int64.</param>
    /// <param name="height">Rows h of the grid.</param>
    /// <param name="width">Columns w of the grid.</param>
    /// <returns><c>[B, C, h, w]</c>.</returns>
    public Tensor Codes(Tensor tokens, int height, int width)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = Normalised(codebook.index_select(0, tokens.flatten()));
        return rows.reshape(tokens.shape[0], height, width, Architecture.CodebookDim).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Codes projected to the latents' channels.</summary>
    /// <param name="codes"><c>[B, C, h, w]</c>.</param>
    /// <returns><c>[B, Z, h, w]</c>.</returns>
    public Tensor FromCode(Tensor codes) => from_code.forward(codes);

    /// <summary>Pixels of latents in the network's own range, not clamped.</summary>
    /// <param name="latents"><c>[B, Z, h, w]</c>.</param>
    /// <returns><c>[B, 3, H, W]</c>.</returns>
    public Tensor DecodeLatents(Tensor latents) => decoder.forward(latents);

    /// <inheritdoc cref="VqGanNetwork.Forward"/>
    internal Tensor DecodeLatents(Tensor latents, Action<int, Tensor> outputs) => decoder.Forward(latents, outputs);

    /// <summary>The decoder's weights, which others may lay out anew and give back: nothing can be decoded here afterwards.</summary>
    /// <returns>Names behind <c>decoder.</c> and weights.</returns>
    public IReadOnlyDictionary<string, Parameter> DecoderParameters() => decoder.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);

    private Tensor Normalised(Tensor rows) => _sizes.NormalisedCodes ? nn.functional.normalize(rows, dim: -1) : rows.alias();
}
