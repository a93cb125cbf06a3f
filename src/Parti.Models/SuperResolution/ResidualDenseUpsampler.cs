using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.SuperResolution;

/// <summary>
/// Residual in residual dense network (ESRGAN §3.1), the form of the large published ESRGAN network: blocks of three dense blocks, each share
/// 0.2 of a residual, then sub-pixels in the order of TensorFlow's depth_to_space.
/// </summary>
public sealed class ResidualDenseUpsampler : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d head, tail, expand, output;
    private readonly ModuleList<Block> blocks;
    private readonly int _factor;

    /// <summary>Allocates an upsampler with random weights.</summary>
    /// <param name="sizes">Sizes of kind <see cref="UpsamplerKind.ResidualDense"/>.</param>
    /// <param name="device">Where the weights are.</param>
    public ResidualDenseUpsampler(UpsamplerArchitecture sizes, Device? device = null)
        : base(nameof(ResidualDenseUpsampler))
    {
        ArgumentNullException.ThrowIfNull(sizes);
        (int c, _factor) = (sizes.Channels, sizes.Factor);
        head = nn.Conv2d(3, c, 3, padding: 1, device: device);
        blocks = nn.ModuleList([.. Enumerable.Range(0, sizes.Blocks).Select(_ => new Block(sizes, device))]);
        tail = nn.Conv2d(c, c, 3, padding: 1, device: device);
        expand = nn.Conv2d(c, 3 * _factor * _factor, 3, padding: 1, device: device);
        output = nn.Conv2d(3, 3, 3, padding: 1, device: device);
        RegisterComponents();
    }

    /// <summary><c>[B, 3, H, W]</c> from 0 to 1 to <c>[B, 3, fH, fW]</c>, raw: values may leave 0 to 1 a little.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor first = head.forward(input);
        Tensor x = tail.forward(blocks.Aggregate(first, (at, block) => block.forward(at))).Plus(first);
        return output.forward(ToSpace(expand.forward(x))).MoveToOuterDisposeScope();
    }

    // Here the colour runs fastest, where pixel_shuffle has the sub-pixel run fastest.
    private Tensor ToSpace(Tensor x)
    {
        (long batch, long height, long width) = (x.shape[0], x.shape[2], x.shape[3]);
        return x.reshape(batch, _factor, _factor, 3, height, width).permute(0, 3, 4, 1, 5, 2).reshape(batch, 3, height * _factor, width * _factor);
    }

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private const int DenseBlocks = 3;
        private const double Share = 0.2;

        private readonly ModuleList<DenseBlock> dense;

        internal Block(UpsamplerArchitecture sizes, Device? device)
            : base(nameof(Block))
        {
            dense = nn.ModuleList([.. Enumerable.Range(0, DenseBlocks).Select(_ => new DenseBlock(sizes.Channels, sizes.Convolutions, sizes.Growth, 3, Share, device))]);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = dense.Aggregate(input, (at, block) => block.forward(at));
            return input.Plus(x.mul(Scalars.Of(Share))).MoveToOuterDisposeScope();
        }
    }
}
