using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.ImageTokenizer;

/// <summary>Two 3x3 convolutions, each behind a group norm and x · sigmoid(x), around a skip (VQGAN appendix, table 8).</summary>
internal sealed class ResidualBlock : nn.Module<Tensor, Tensor>
{
    private readonly GroupNorm norm1, norm2;
    private readonly Conv2d conv1, conv2;
    private readonly Conv2d? shortcut;

    /// <summary>A block; the skip is a 1x1 convolution where the channels change.</summary>
    internal ResidualBlock(int inputs, int outputs, int groups, double epsilon, Device? device)
        : base(nameof(ResidualBlock))
    {
        norm1 = GroupNorms.Create(groups, inputs, epsilon, device);
        conv1 = nn.Conv2d(inputs, outputs, 3, padding: 1, device: device);
        norm2 = GroupNorms.Create(groups, outputs, epsilon, device);
        conv2 = nn.Conv2d(outputs, outputs, 3, padding: 1, device: device);
        shortcut = inputs == outputs ? null : nn.Conv2d(inputs, outputs, 1, device: device);
        RegisterComponents();
    }

    /// <summary><c>[B, C, H, W]</c> to <c>[B, C', H, W]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = conv1.forward(nn.functional.silu(norm1.forward(input)));
        x = conv2.forward(nn.functional.silu(norm2.forward(x)));
        return (shortcut is null ? input : shortcut.forward(input)).Plus(x).MoveToOuterDisposeScope();
    }
}
