using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.SuperResolution;

/// <summary>
/// Residual dense network (RDN) with nearest-neighbour enlargement, the form of the small published ESRGAN networks: dense blocks, all their
/// outputs fused, three convolutions before the enlargement and one behind it. It was trained on pixels from 0 to 255.
/// </summary>
public sealed class DenseUpsampler : nn.Module<Tensor, Tensor>
{
    private const int FirstWidth = 64, SecondWidth = 32;

    private readonly Conv2d head, shallow, fuse_blocks, fuse_output, up1, up2, up3, output;
    private readonly ModuleList<DenseBlock> blocks;
    private readonly int _factor;

    /// <summary>Allocates an upsampler with random weights.</summary>
    /// <param name="sizes">Sizes of kind <see cref="UpsamplerKind.Dense"/>.</param>
    /// <param name="device">Where the weights are.</param>
    public DenseUpsampler(UpsamplerArchitecture sizes, Device? device = null)
        : base(nameof(DenseUpsampler))
    {
        ArgumentNullException.ThrowIfNull(sizes);
        (int c, _factor) = (sizes.Channels, sizes.Factor);
        int subPixels = 3 * _factor * _factor;
        head = nn.Conv2d(3, c, 3, padding: 1, device: device);
        shallow = nn.Conv2d(c, c, 3, padding: 1, device: device);
        blocks = nn.ModuleList([.. Enumerable.Range(0, sizes.Blocks).Select(_ => new DenseBlock(c, sizes.Convolutions, sizes.Growth, 1, 1, device))]);
        fuse_blocks = nn.Conv2d(c * sizes.Blocks, c, 1, device: device);
        fuse_output = nn.Conv2d(c, c, 3, padding: 1, device: device);
        up1 = nn.Conv2d(c, FirstWidth, 5, padding: 2, device: device);
        up2 = nn.Conv2d(FirstWidth, SecondWidth, 3, padding: 1, device: device);
        up3 = nn.Conv2d(SecondWidth, subPixels, 3, padding: 1, device: device);
        output = nn.Conv2d(subPixels, 3, 3, padding: 1, device: device);
        RegisterComponents();
    }

    /// <summary><c>[B, 3, H, W]</c> from 0 to 1 to <c>[B, 3, fH, fW]</c>, raw: values may leave 0 to 1 a little.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor first = head.forward(input.mul(Scalars.Of(255))), x = shallow.forward(first);
        List<Tensor> states = [];
        foreach (DenseBlock block in blocks)
        {
            states.Add(x = block.forward(x));
        }

        x = fuse_output.forward(fuse_blocks.forward(cat(states, 1))).Plus(first);
        x = up3.forward(up2.forward(up1.forward(x).relu()).relu());
        x = nn.functional.interpolate(x, [_factor * x.shape[2], _factor * x.shape[3]], mode: InterpolationMode.Nearest);
        return output.forward(x).div(Scalars.Of(255)).MoveToOuterDisposeScope();
    }
}
