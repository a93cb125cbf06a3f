using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.SuperResolution;

/// <summary>
/// Upsampler after WDSR (Parti §2.1): a 3x3 head, residual blocks that widen before the ReLU, a 3x3 tail into sub-pixels,
/// and a 5x5 skip from the input. Legend: B pictures, f factor.
/// </summary>
public sealed class Upsampler : nn.Module<Tensor, Tensor>
{
    readonly Conv2d head, tail, skip;
    readonly ModuleList<Conv2d> widen, narrow;

    /// <summary>Allocates an upsampler with random weights.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="device">Where the weights are.</param>
    public Upsampler(UpsamplerArchitecture architecture, Device? device = null)
        : base(nameof(Upsampler))
    {
        Architecture = architecture;
        int c = architecture.Channels, outputs = 3 * architecture.Factor * architecture.Factor;
        head = nn.Conv2d(3, c, 3, padding: 1, device: device);
        widen = nn.ModuleList([.. Blocks(() => nn.Conv2d(c, c * architecture.Expansion, 3, padding: 1, device: device))]);
        narrow = nn.ModuleList([.. Blocks(() => nn.Conv2d(c * architecture.Expansion, c, 3, padding: 1, device: device))]);
        tail = nn.Conv2d(c, outputs, 3, padding: 1, device: device);
        skip = nn.Conv2d(3, outputs, 5, padding: 2, device: device);
        RegisterComponents();

        IEnumerable<Conv2d> Blocks(Func<Conv2d> make) => Enumerable.Range(0, architecture.Blocks).Select(_ => make());
    }

    /// <summary>Sizes.</summary>
    public UpsamplerArchitecture Architecture { get; }

    /// <summary>The last convolution <c>[3 f², C, 3, 3]</c>, where the gradients of losses are compared (VQGAN equation 7).</summary>
    public Parameter LastLayer => tail.weight!;

    /// <summary><c>[B, 3, H, W]</c> to <c>[B, 3, fH, fW]</c>, raw: values may leave 0 to 1 a little.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = head.forward(input);
        for (int i = 0; i < widen.Count; i++)
        {
            x = x.Plus(narrow[i].forward(widen[i].forward(x).relu()));
        }
        return nn.functional.pixel_shuffle(tail.forward(x).Plus(skip.forward(input)), Architecture.Factor).MoveToOuterDisposeScope();
    }
}
