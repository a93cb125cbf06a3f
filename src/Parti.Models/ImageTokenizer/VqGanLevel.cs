using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.ImageTokenizer;

/// <summary>Which way a level changes the picture's size behind its blocks.</summary>
internal enum Resampling
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>A 3x3 convolution at every second pixel, one zero on the right and below.</summary>
    Halve,

    /// <summary>Every pixel four times, then a 3x3 convolution.</summary>
    Double,
}

/// <summary>Residual blocks of one size, each with attention behind it or none, and a change of size.</summary>
internal sealed class VqGanLevel : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<ResidualBlock> blocks;
    private readonly ModuleList<SpatialAttention> attention;
    private readonly Conv2d? resample;
    private readonly Resampling _resampling;

    internal VqGanLevel(int inputs, int outputs, int count, bool withAttention, Resampling resampling, int groups, double epsilon, Device? device)
        : base(nameof(VqGanLevel))
    {
        blocks = nn.ModuleList([.. Enumerable.Range(0, count).Select(i => new ResidualBlock(i == 0 ? inputs : outputs, outputs, groups, epsilon, device))]);
        attention = nn.ModuleList([.. Enumerable.Range(0, withAttention ? count : 0).Select(_ => new SpatialAttention(outputs, groups, epsilon, device))]);
        (long stride, long padding) = resampling == Resampling.Halve ? (2, 0) : (1, 1);
        resample = resampling == Resampling.None ? null : nn.Conv2d(outputs, outputs, 3, stride, padding, device: device);
        _resampling = resampling;
        RegisterComponents();
    }

    /// <summary><c>[B, C, H, W]</c> to <c>[B, C', H', W']</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = input;
        for (int i = 0; i < blocks.Count; i++)
        {
            x = blocks[i].forward(x);
            x = attention.Count > 0 ? attention[i].forward(x) : x;
        }

        x = _resampling switch
        {
            Resampling.Halve => resample!.forward(nn.functional.pad(x, [0, 1, 0, 1])),
            Resampling.Double => resample!.forward(nn.functional.interpolate(x, [2 * x.shape[2], 2 * x.shape[3]], mode: InterpolationMode.Nearest)),
            _ => x,
        };
        return x.MoveToOuterDisposeScope();
    }
}
