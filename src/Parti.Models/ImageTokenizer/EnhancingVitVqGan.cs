using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.ImageTokenizer;

/// <summary>
/// The ViT-VQGAN of enhancing-transformers, the one with published weights. It differs from the paper's: no heads of two layers before
/// the codes and before the pixels, positions that are added before the decoder's layers too. Legend as in <see cref="VitVqGan"/>.
/// </summary>
public sealed class EnhancingVitVqGan : nn.Module, IImageTokenizer
{
    private readonly Conv2d patch_embedding;
    private readonly ConvTranspose2d to_pixels;
    private readonly Parameter encoder_positions, decoder_positions, codebook;
    private readonly ModuleList<EnhancingLayer> encoder, decoder;
    private readonly LayerNorm encoder_norm, decoder_norm;
    private readonly Projection to_code, from_code;

    /// <summary>Allocates a tokenizer with random weights.</summary>
    /// <param name="architecture">Sizes of kind <see cref="ImageTokenizerKind.EnhancingVitVqGan"/>, with widths of heads.</param>
    /// <param name="device">Where the weights are.</param>
    public EnhancingVitVqGan(ImageTokenizerArchitecture architecture, Device? device = null)
        : base(nameof(EnhancingVitVqGan))
    {
        Architecture = architecture;
        (TransformerStack e, TransformerStack d) = (architecture.Encoder, architecture.Decoder);
        int patch = architecture.PatchSize, grid = architecture.ImageSize / patch, code = architecture.CodebookDim;
        patch_embedding = nn.Conv2d(3, e.Width, patch, patch, device: device);
        encoder_positions = new Parameter(randn(grid * grid, e.Width, device: device));
        encoder = Stack(e, device);
        encoder_norm = nn.LayerNorm(e.Width, device: device);
        to_code = new(e.Width, code, withBias: true, device: device);
        codebook = new Parameter(randn(architecture.CodebookSize, code, device: device));
        from_code = new(code, d.Width, withBias: true, device: device);
        decoder_positions = new Parameter(randn(grid * grid, d.Width, device: device));
        decoder = Stack(d, device);
        decoder_norm = nn.LayerNorm(d.Width, device: device);
        to_pixels = nn.ConvTranspose2d(d.Width, 3, patch, patch, device: device);
        RegisterComponents();
    }

    /// <inheritdoc />
    public ImageTokenizerArchitecture Architecture { get; }

    /// <inheritdoc />
    public Tensor Encode(Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        return Nearest(ToCode(EncoderStates(pictures))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public Tensor Decode(Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        return Pixels(DecoderStates(Codes(tokens))).clamp(Scalars.Of(0), Scalars.Of(1)).MoveToOuterDisposeScope();
    }

    /// <summary>States behind the encoder's last norm.</summary>
    /// <param name="pictures"><c>[B, 3, H, W]</c>, 0 to 1.</param>
    /// <returns><c>[B, N, D]</c>.</returns>
    public Tensor EncoderStates(Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = patch_embedding.forward(pictures).flatten(2).transpose(1, 2).Plus(encoder_positions);
        return encoder_norm.forward(Run(encoder, x)).MoveToOuterDisposeScope();
    }

    /// <summary>States projected to the codes' width, not normalised.</summary>
    /// <param name="states"><c>[B, N, D]</c>.</param>
    /// <returns><c>[B, N, C]</c>.</returns>
    public Tensor ToCode(Tensor states) => to_code.forward(states);

    /// <summary>Ids of the nearest codes.</summary>
    /// <param name="projected"><c>[B, N, C]</c> of <see cref="ToCode"/>.</param>
    /// <returns><c>[B, N]</c>, int64.</returns>
    public Tensor Nearest(Tensor projected)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor codes = nn.functional.normalize(codebook, dim: -1);
        return nn.functional.normalize(projected, dim: -1).matmul(codes.t()).argmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>ℓ2-normalised codes of tokens.</summary>
    /// <param name="tokens"><c>[B, N]</c>, int64.</param>
    /// <returns><c>[B, N, C]</c>.</returns>
    public Tensor Codes(Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = nn.functional.normalize(codebook.index_select(0, tokens.flatten()), dim: -1);
        return rows.reshape([.. tokens.shape, Architecture.CodebookDim]).MoveToOuterDisposeScope();
    }

    /// <summary>States behind the decoder's last norm.</summary>
    /// <param name="codes"><c>[B, N, C]</c>.</param>
    /// <returns><c>[B, N, D']</c>.</returns>
    public Tensor DecoderStates(Tensor codes)
    {
        using DisposeScope scope = NewDisposeScope();
        return decoder_norm.forward(Run(decoder, from_code.forward(codes).Plus(decoder_positions))).MoveToOuterDisposeScope();
    }

    /// <summary>Pixels of states, not clamped.</summary>
    /// <param name="states"><c>[B, N, D']</c>.</param>
    /// <returns><c>[B, 3, H, W]</c>.</returns>
    public Tensor Pixels(Tensor states)
    {
        using DisposeScope scope = NewDisposeScope();
        int grid = Architecture.ImageSize / Architecture.PatchSize;
        return to_pixels.forward(states.transpose(1, 2).unflatten(2, [grid, grid])).MoveToOuterDisposeScope();
    }

    private static Tensor Run(ModuleList<EnhancingLayer> layers, Tensor x) => layers.Aggregate(x, (at, layer) => layer.forward(at));

    private static ModuleList<EnhancingLayer> Stack(TransformerStack sizes, Device? device) =>
        nn.ModuleList([.. Enumerable.Range(0, sizes.Layers).Select(_ => new EnhancingLayer(sizes, device))]);
}
