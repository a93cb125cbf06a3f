using Parti.Models.Checkpoints;
using Parti.Models.Quantisation;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Families.MinDalle;

/// <summary>Text encoder and image-token decoder of DALL·E mini and mega, one file of weights.</summary>
public sealed class MinDalleTransformer : nn.Module
{
    private readonly MinDalleEncoder encoder;
    private readonly MinDalleDecoder decoder;

    /// <summary>Allocates both with random weights.</summary>
    /// <param name="sizes">Sizes; attention is dense.</param>
    /// <param name="settings">Rows of embedding and head, start of the image.</param>
    /// <param name="device">Where the weights are; meta allocates nothing.</param>
    public MinDalleTransformer(TransformerArchitecture sizes, MinDalleSettings settings, Device? device = null)
        : base(nameof(MinDalleTransformer))
    {
        Settings = settings;
        encoder = new(sizes, device);
        decoder = new(sizes, settings, device);
        RegisterComponents();
    }

    /// <summary>Rows of embedding and head, start of the image.</summary>
    public MinDalleSettings Settings { get; }

    /// <summary>The text encoder.</summary>
    public MinDalleEncoder Encoder => encoder;

    /// <summary>The decoder.</summary>
    public MinDalleDecoder Decoder => decoder;

    /// <summary>Replaces the decoder's matrices by what int8 leaves of them (<see cref="Int8Blocks"/>).</summary>
    public void QuantiseDecoder()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Parameter parameter) in decoder.named_parameters())
        {
            if (parameter.dim() == 2 && !name.StartsWith("embed_", StringComparison.Ordinal))
            {
                Tensor matrix = parameter.cpu().contiguous();
                Int8Blocks.RoundTrip(matrix);
                parameter.copy_(matrix);
            }
        }
    }

    /// <summary>Gives the memory of the decoder's weights back, for who has copied them; only the text can be encoded from then on.</summary>
    public void ReleaseDecoder()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach (Parameter parameter in decoder.parameters())
        {
            parameter.set_(empty(0));
        }
    }
}
