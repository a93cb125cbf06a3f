using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.SuperResolution;

/// <summary>Convolutions of which each reads what all before it gave, fused and added to the input (RDN §3.2).</summary>
internal sealed class DenseBlock : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<Conv2d> convolutions;
    private readonly Conv2d fuse;
    private readonly Scalar _share;

    /// <summary>A block.</summary>
    /// <param name="channels">Channels of input and output.</param>
    /// <param name="count">Convolutions.</param>
    /// <param name="growth">Channels that each adds.</param>
    /// <param name="fuseKernel">Edge of the fusing convolution: 1 or 3.</param>
    /// <param name="share">Factor of what is added to the input.</param>
    /// <param name="device">Where the weights are.</param>
    internal DenseBlock(int channels, int count, int growth, int fuseKernel, double share, Device? device)
        : base(nameof(DenseBlock))
    {
        convolutions = nn.ModuleList([.. Enumerable.Range(0, count).Select(i => nn.Conv2d(channels + i * growth, growth, 3, padding: 1, device: device))]);
        fuse = nn.Conv2d(channels + count * growth, channels, fuseKernel, padding: fuseKernel / 2, device: device);
        _share = Scalars.Of(share);
        RegisterComponents();
    }

    /// <summary><c>[B, C, H, W]</c> to the same.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = input;
        foreach (Conv2d convolution in convolutions)
        {
            x = cat([x, convolution.forward(x).relu()], 1);
        }

        return input.Plus(fuse.forward(x).mul(_share)).MoveToOuterDisposeScope();
    }
}
