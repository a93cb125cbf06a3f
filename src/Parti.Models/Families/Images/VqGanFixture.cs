using Parti.Models.Families.Parity;
using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using TorchSharp;

namespace Parti.Models.Families.Images;

/// <summary>Runs the VQGAN part of a fixture: names that begin with <c>encode.</c> and <c>decode.</c>.</summary>
/// <param name="fixture">The fixture.</param>
/// <param name="tokenizer">The tokenizer with the fixture's weights.</param>
/// <param name="rounding">What is added to pixels from 0 to 255 before they are cut to bytes: 0, or 0.5 to round.</param>
public sealed class VqGanFixture(Fixture fixture, VqGan tokenizer, double rounding)
{
    /// <summary>Pixels to tokens and back.</summary>
    public IEnumerable<FixtureOutput> Encode()
    {
        if (!fixture.Contains("encode.pixels"))
        {
            yield break;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor latents = tokenizer.EncodePixels(fixture.Read("encode.pixels")), projected = tokenizer.ToCode(latents);
        torch.Tensor indices = tokenizer.Nearest(projected);
        torch.Tensor codes = tokenizer.Codes(indices, (int)latents.shape[2], (int)latents.shape[3]);
        yield return new("encode.encoder_out", latents);
        yield return new("encode.quant_conv_out", projected);
        yield return new("encode.indices", indices);
        yield return new("encode.quant", codes);
        yield return new("encode.reconstruction", tokenizer.DecodeLatents(tokenizer.FromCode(codes)));
    }

    /// <summary>Tokens to pixels.</summary>
    public IEnumerable<FixtureOutput> Decode() => Decode(tokenizer.DecodeLatents, null);

    /// <summary>Tokens to pixels by a decoder of latents.</summary>
    /// <param name="decode">Latents <c>[B, Z, h, w]</c> to pixels <c>[B, 3, H, W]</c> in the network's own range.</param>
    /// <param name="way">Its name; null for the plain path, whose latents are outputs too.</param>
    public IEnumerable<FixtureOutput> Decode(Func<torch.Tensor, torch.Tensor> decode, string? way)
    {
        if (!fixture.Contains("decode.indices"))
        {
            yield break;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor indices = fixture.Read("decode.indices"), expected = fixture.Expected("decode.pixels");
        int patch = tokenizer.Architecture.PatchSize;
        torch.Tensor codes = tokenizer.Codes(indices, (int)expected.shape[2] / patch, (int)expected.shape[3] / patch);
        torch.Tensor latents = tokenizer.FromCode(codes), pixels = decode(latents);
        if (way is null)
        {
            yield return new("decode.codebook_entry", codes);
            yield return new("decode.after_post_quant", latents);
        }
        yield return new("decode.pixels", pixels, way is null ? null : FixtureOutput.PixelTolerance) { Way = way };
        yield return new("decode.pixels_u8", Bytes(pixels)) { Way = way };
    }

    private torch.Tensor Bytes(torch.Tensor pixels)
    {
        torch.Tensor scaled = pixels.clamp(Scalars.Of(-1), Scalars.Of(1)).Plus(Scalars.Of(1)).mul(Scalars.Of(127.5)).Plus(Scalars.Of(rounding));
        return scaled.clamp(Scalars.Of(0), Scalars.Of(255)).to(torch.ScalarType.Byte).permute(0, 2, 3, 1).contiguous();
    }
}
