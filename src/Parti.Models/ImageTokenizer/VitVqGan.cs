using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.ImageTokenizer;

/// <summary>
/// Image tokenizer (ViT-VQGAN §3; Parti §2.1): patches, transformer blocks, a two-layer head with tanh in the middle,
/// a factorised codebook with ℓ2-normalised latents and codes, and the mirror image back to raw RGB, or to the means of a logit-Laplace
/// distribution where <see cref="ImageTokenizerArchitecture.Output"/> says so.
/// Legend: B pictures, N tokens, P patch edge, D width, F width of the decoder's head, C code width. Pixels are 0 to 1.
/// </summary>
public sealed class VitVqGan : nn.Module, IImageTokenizer
{
    readonly Projection patch_embedding, to_code, from_code;
    readonly Embedding encoder_positions, decoder_positions;
    readonly ModuleList<TransformerLayer> encoder, decoder;
    readonly LayerNorm encoder_norm, decoder_norm;
    readonly Projection encoder_head_up, encoder_head_down, decoder_head_up, decoder_head_down;
    readonly Parameter codebook;

    /// <summary>Allocates a tokenizer with random weights.</summary>
    /// <param name="architecture">Sizes. With 0 encoder layers a token depends on its own patch alone.</param>
    /// <param name="device">Where the weights are.</param>
    public VitVqGan(ImageTokenizerArchitecture architecture, Device? device = null)
        : base(nameof(VitVqGan))
    {
        Architecture = architecture;
        (TransformerStack e, TransformerStack d) = (architecture.Encoder, architecture.Decoder);
        int patch = 3 * architecture.PatchSize * architecture.PatchSize, grid = architecture.ImageSize / architecture.PatchSize;
        patch_embedding = new(patch, e.Width, withBias: true, device: device);
        encoder_positions = nn.Embedding(grid * grid, e.Width, device: device);
        encoder = Stack(e, device);
        encoder_norm = nn.LayerNorm(e.Width, device: device);
        encoder_head_up = new(e.Width, e.MlpWidth, withBias: true, device: device);
        encoder_head_down = new(e.MlpWidth, e.Width, withBias: true, device: device);
        to_code = new(e.Width, architecture.CodebookDim, withBias: true, device: device);
        codebook = new Parameter(randn(architecture.CodebookSize, architecture.CodebookDim, device: device));
        from_code = new(architecture.CodebookDim, d.Width, withBias: true, device: device);
        decoder_positions = nn.Embedding(grid * grid, d.Width, device: device);
        decoder = Stack(d, device);
        decoder_norm = nn.LayerNorm(d.Width, device: device);
        decoder_head_up = new(d.Width, d.MlpWidth, withBias: true, device: device);
        decoder_head_down = new(d.MlpWidth, patch, 0.1, withBias: true, device: device);
        RegisterComponents();
    }

    /// <summary>Sizes.</summary>
    public ImageTokenizerArchitecture Architecture { get; }

    /// <summary>Stored codes <c>[V, C]</c>; used ℓ2-normalised.</summary>
    public Parameter Codebook => codebook;

    /// <summary>The decoder's last matrix <c>[3 P², F]</c>, where the gradients of losses are compared (VQGAN equation 7).</summary>
    public Parameter LastLayer => (Parameter)decoder_head_down.get_parameter("weight")!;

    /// <summary>
    /// A tokenizer with this one's encoder and codebook, copied and frozen, and another decoder, random and the only part left to
    /// train (Parti §2.1). Equal pictures have equal tokens, bit for bit. This tokenizer is not changed.
    /// </summary>
    /// <param name="stack">Sizes of the decoder.</param>
    /// <param name="output">What the new decoder ends with; Parti's second phase takes the sigmoid away.</param>
    /// <returns>On the same device; the caller's to dispose. Its checkpoints are complete tokenizers of its <see cref="Architecture"/>.</returns>
    public VitVqGan WithDecoder(TransformerStack stack, PixelOutput output = PixelOutput.Raw)
    {
        VitVqGan result = new(Architecture with { Decoder = stack, Output = output }, codebook.device);
        using IDisposable noGradient = no_grad();
        foreach ((Parameter copy, Parameter kept) in Shared(result).Where(pair => !BelongsToDecoder(pair.Name)).Select(pair => (pair.Copy, pair.Kept)))
        {
            copy.copy_(kept);
            copy.requires_grad = false;
        }
        return result;
    }

    /// <summary>A tokenizer like this one with more codes: this one's first, then zeros. This tokenizer is not changed.</summary>
    /// <param name="codes">V of the result, at least this one's.</param>
    /// <returns>On the same device, frozen; the caller's to dispose.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There would be fewer codes.</exception>
    public VitVqGan WithCodes(int codes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(codes, Architecture.CodebookSize);
        VitVqGan result = new(Architecture with { CodebookSize = codes }, codebook.device);
        using IDisposable noGradient = no_grad();
        result.codebook.zero_();
        foreach ((string name, Parameter copy, Parameter kept) in Shared(result))
        {
            (name == nameof(codebook) ? copy.narrow(0, 0, kept.shape[0]) : copy).copy_(kept);
            copy.requires_grad = false;
        }
        return result;
    }

    /// <summary>ℓ2-normalised latents.</summary>
    /// <param name="pictures"><c>[B, 3, H, W]</c>.</param>
    /// <returns><c>[B, N, C]</c>.</returns>
    public Tensor Latents(Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = patch_embedding.forward(nn.functional.pixel_unshuffle(pictures, Architecture.PatchSize).flatten(2).transpose(1, 2).mul(Scalars.Of(2)).sub(Scalars.Of(1)));
        if (encoder.Count > 0)
        {
            x = x.Plus(encoder_positions.weight!);
        }
        x = Run(encoder, x);
        x = x.Plus(encoder_head_down.forward(encoder_head_up.forward(encoder_norm.forward(x)).tanh()));
        return nn.functional.normalize(to_code.forward(x), dim: -1).MoveToOuterDisposeScope();
    }

    /// <summary>Ids of the nearest codes, which for unit vectors are those of the largest cosine.</summary>
    /// <param name="latents"><c>[…, C]</c>, ℓ2-normalised.</param>
    /// <returns><c>[…]</c>, int64.</returns>
    public Tensor Nearest(Tensor latents)
    {
        using DisposeScope scope = NewDisposeScope();
        return latents.matmul(nn.functional.normalize(codebook, dim: -1).t()).argmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Image tokens of pictures.</summary>
    /// <param name="pictures"><c>[B, 3, H, W]</c>.</param>
    /// <returns><c>[B, N]</c>, int64, raster order.</returns>
    public Tensor Encode(Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        return Nearest(Latents(pictures)).MoveToOuterDisposeScope();
    }

    /// <summary>ℓ2-normalised codes of tokens.</summary>
    /// <param name="tokens"><c>[…]</c>, int64.</param>
    /// <returns><c>[…, C]</c>.</returns>
    public Tensor Codes(Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        return nn.functional.normalize(codebook.index_select(0, tokens.flatten()).reshape([.. tokens.shape, Architecture.CodebookDim]), dim: -1).MoveToOuterDisposeScope();
    }

    /// <summary>Pictures of codes, not clamped: values may leave 0 to 1 a little.</summary>
    /// <param name="codes"><c>[B, N, C]</c>.</param>
    /// <returns><c>[B, 3, H, W]</c>.</returns>
    public Tensor DecodeCodes(Tensor codes)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor last = Last(DecoderStates(codes));
        return (Architecture.Output == PixelOutput.Raw ? last : LogitLaplaceMap.ToPixels(last)).MoveToOuterDisposeScope();
    }

    /// <summary>What the decoder's last matrix reads: the head's hidden layer after tanh.</summary>
    /// <param name="codes"><c>[B, N, C]</c>.</param>
    /// <returns><c>[B, N, F]</c>, -1 to 1.</returns>
    public Tensor DecoderStates(Tensor codes)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Run(decoder, from_code.forward(codes).Plus(decoder_positions.weight!));
        return decoder_head_up.forward(decoder_norm.forward(x)).tanh().MoveToOuterDisposeScope();
    }

    /// <summary>The decoder's last numbers: raw pixels, or the means μ of the logit-Laplace distribution, before the sigmoid.</summary>
    /// <param name="states"><c>[B, N, F]</c> of <see cref="DecoderStates"/>.</param>
    /// <returns><c>[B, 3, H, W]</c>.</returns>
    public Tensor Last(Tensor states)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = decoder_head_down.forward(states);
        return Arrange(Architecture.Output == PixelOutput.Raw ? x.Plus(Scalars.Of(0.5)) : x).MoveToOuterDisposeScope();
    }

    /// <summary>Puts the numbers of patches where their pixels are.</summary>
    /// <param name="patches"><c>[B, N, 3 P²]</c>.</param>
    /// <returns><c>[B, 3, H, W]</c>.</returns>
    public Tensor Arrange(Tensor patches)
    {
        using DisposeScope scope = NewDisposeScope();
        int grid = Architecture.ImageSize / Architecture.PatchSize;
        return nn.functional.pixel_shuffle(patches.transpose(1, 2).unflatten(2, [grid, grid]), Architecture.PatchSize).MoveToOuterDisposeScope();
    }

    /// <summary>Pictures of image tokens.</summary>
    /// <param name="tokens"><c>[B, N]</c>, int64.</param>
    /// <returns><c>[B, 3, H, W]</c>, 0 to 1.</returns>
    public Tensor Decode(Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        return DecodeCodes(Codes(tokens)).clamp(Scalars.Of(0), Scalars.Of(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Whether a parameter is one of the decoder's, which another may take the place of without changing a token.</summary>
    /// <param name="parameter">Its name.</param>
    public static bool BelongsToDecoder(string parameter) =>
        parameter.StartsWith(nameof(decoder), StringComparison.Ordinal) || parameter.StartsWith(nameof(from_code), StringComparison.Ordinal);

    IEnumerable<(string Name, Parameter Copy, Parameter Kept)> Shared(VitVqGan other)
    {
        Dictionary<string, Parameter> own = named_parameters().ToDictionary(p => p.name, p => p.parameter);
        return other.named_parameters().Where(p => own.ContainsKey(p.name)).Select(p => (p.name, p.parameter, own[p.name]));
    }

    static Tensor Run(ModuleList<TransformerLayer> layers, Tensor x)
    {
        foreach (TransformerLayer layer in layers)
        {
            x = layer.ForwardSequence(x, null, null, null);
        }
        return x;
    }

    static ModuleList<TransformerLayer> Stack(TransformerStack s, Device? device) =>
        nn.ModuleList([.. Enumerable.Range(0, s.Layers).Select(_ => new TransformerLayer(s.Width, s.MlpWidth, s.Heads, s.Layers, cross: false, ScalarType.Float32, device))]);
}
