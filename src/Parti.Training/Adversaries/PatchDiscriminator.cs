using Parti.Models.Layers;
using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Adversaries;

/// <summary>
/// Discriminator of overlapping patches after PatchGAN (pix2pix §3.2): convolutions of 4 x 4, hinge loss. Groups of channels of one
/// picture are normalised, where the original normalises over the batch: a batch of originals alone or of made pictures alone would
/// betray itself by its statistics, and nothing must run on from step to step.
/// </summary>
sealed class PatchDiscriminator : Discriminator
{
    const int Kernel = 4, Groups = 4;

    readonly ModuleList<Conv2d> convolutions;
    readonly ModuleList<GroupNorm> norms;

    /// <summary>Allocates random weights.</summary>
    /// <param name="size">S, edge of the pictures in pixels: at least 3 · 2^levels.</param>
    /// <param name="channels">Channels of the first level; rounded up to a multiple of 4.</param>
    /// <param name="most">Most channels.</param>
    /// <param name="levels">Convolutions that halve the resolution.</param>
    /// <param name="device">Where its weights are.</param>
    public PatchDiscriminator(int size, int channels, int most, int levels, Device device)
        : base(nameof(PatchDiscriminator))
    {
        Settings.Require(
            size >= 3 << levels,
            $"adversary.patch_levels is {levels}; of pictures of {size} px it must be 1 to {Math.Max(1, (int)Math.Log2(size / 3.0))}, and pictures must have at least 6 px.");
        int[] widths = [.. Enumerable.Range(0, levels + 1).Select(level => Rounded(Math.Min((long)channels << level, most)))];
        List<Conv2d> layers = [nn.Conv2d(3, widths[0], Kernel, 2, 1, device: device)];
        for (int level = 1; level <= levels; level++)
        {
            layers.Add(nn.Conv2d(widths[level - 1], widths[level], Kernel, level < levels ? 2 : 1, 1, bias: false, device: device));
        }
        layers.Add(nn.Conv2d(widths[^1], 1, Kernel, 1, 1, device: device));
        convolutions = nn.ModuleList([.. layers]);
        norms = nn.ModuleList([.. widths[1..].Select(width => nn.GroupNorm(Groups, width, device: device))]);
        RegisterComponents();
        Start();
    }

    /// <summary><c>[B, 3, S, S]</c>, 0 to 1, to verdicts on patches <c>[B, 1, h, w]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = convolutions[0].forward(input.mul(Scalars.Of(2)).sub(Scalars.Of(1)));
        for (int level = 0; level < norms.Count; level++)
        {
            x = norms[level].forward(convolutions[level + 1].forward(x.LeakyRelu(0.2)));
        }
        return convolutions[^1].forward(x.LeakyRelu(0.2)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor OwnLoss(Tensor real, Tensor made)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor missed = real.neg().Plus(Scalars.Of(1)).relu().mean(), believed = made.Plus(Scalars.Of(1)).relu().mean();
        return missed.Plus(believed).mul(Scalars.Of(0.5)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor MakersLoss(Tensor made)
    {
        using DisposeScope scope = NewDisposeScope();
        return made.mean().neg().MoveToOuterDisposeScope();
    }

    static int Rounded(long width) => (int)((width + Groups - 1) / Groups * Groups);

    // The library leaves the weights of these norms as it finds the memory.
    void Start()
    {
        using IDisposable noGradient = no_grad();
        foreach (GroupNorm norm in norms)
        {
            norm.weight!.fill_(Scalars.Of(1));
            norm.bias!.fill_(Scalars.Of(0));
        }
        foreach (Conv2d convolution in convolutions)
        {
            convolution.weight!.normal_(0, 0.02);
            convolution.bias?.fill_(Scalars.Of(0));
        }
    }
}
