using Parti.Models.Layers;
using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Adversaries;

/// <summary>
/// Discriminator after StyleGAN2: residual blocks that blur and halve, down to an edge of 4 to 7 pixels or an odd one, the standard
/// deviation within the batch as one more channel, and one verdict a picture. Non-saturating logistic loss.
/// Legend: B pictures, S edge, C channels.
/// </summary>
sealed class StyleDiscriminator : Discriminator
{
    const int SmallestEdge = 4, LargestGroup = 4;

    readonly EqualConvolution first, last;
    readonly ModuleList<StyleBlock> blocks;
    readonly EqualLinear gather, verdict;

    /// <summary>Allocates random weights.</summary>
    /// <param name="size">S: at least 8, even, and halving to at most 16.</param>
    /// <param name="channels">Channels at full resolution.</param>
    /// <param name="most">Most channels.</param>
    /// <param name="device">Where its weights are.</param>
    public StyleDiscriminator(int size, int channels, int most, Device device)
        : base(nameof(StyleDiscriminator))
    {
        List<StyleBlock> halving = [];
        (int edge, int width) = (size, Math.Min(channels, most));
        first = new(3, width, 1, device);
        for (; edge > SmallestEdge && edge % 2 == 0; edge /= 2)
        {
            int wider = Math.Min(2 * width, most);
            halving.Add(new(width, wider, device));
            width = wider;
        }
        Settings.Require(
            edge <= 16 && halving.Count > 0,
            $"adversary: a style discriminator of pictures of {size} px ends at an edge of {edge}; take pictures whose edge is a power of two of at least 8, or kind patch.");
        blocks = nn.ModuleList([.. halving]);
        last = new(width + 1, width, 3, device, padding: 1);
        gather = new((long)width * edge * edge, width, device);
        verdict = new(width, 1, device);
        RegisterComponents();
    }

    /// <summary><c>[B, 3, S, S]</c>, 0 to 1, to verdicts <c>[B, 1]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Rectify(first.forward(input.mul(Scalars.Of(2)).sub(Scalars.Of(1))));
        foreach (StyleBlock block in blocks)
        {
            x = block.forward(x);
        }
        x = Rectify(last.forward(cat([x, Spread(x)], 1)));
        return verdict.forward(Rectify(gather.forward(x.flatten(1)))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor OwnLoss(Tensor real, Tensor made)
    {
        using DisposeScope scope = NewDisposeScope();
        return real.neg().Softplus().mean().Plus(made.Softplus().mean()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor MakersLoss(Tensor made)
    {
        using DisposeScope scope = NewDisposeScope();
        return made.neg().Softplus().mean().MoveToOuterDisposeScope();
    }

    /// <summary>Mean standard deviation within groups of up to 4 pictures, for every place of each (Progressive GAN §3).</summary>
    /// <param name="x"><c>[B, C, H, W]</c>.</param>
    /// <returns><c>[B, 1, H, W]</c>.</returns>
    internal static Tensor Spread(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        long batch = x.shape[0], group = LargestGroup;
        while (batch % group != 0)
        {
            group--;
        }
        // Pictures i, i + B/group, i + 2 B/group, ... are one group: [group, B/group, C, H, W].
        Tensor groups = x.reshape(group, batch / group, x.shape[1], x.shape[2], x.shape[3]);
        Tensor deviation = groups.sub(groups.mean([0], keepdim: true)).Squared().mean([0]).Plus(Scalars.Of(1e-8)).sqrt();
        return deviation.mean([1, 2, 3]).repeat(group).reshape(batch, 1, 1, 1).expand(batch, 1, x.shape[2], x.shape[3]).MoveToOuterDisposeScope();
    }
}

/// <summary>Two convolutions and a skip, to half the resolution; both ways blur first, against aliasing (StyleGAN2 §3).</summary>
sealed class StyleBlock : nn.Module<Tensor, Tensor>
{
    readonly EqualConvolution same, halve, skip;
    readonly Tensor _blur;

    /// <summary>Allocates random weights.</summary>
    public StyleBlock(long inputs, long outputs, Device device)
        : base(nameof(StyleBlock))
    {
        same = new(inputs, inputs, 3, device, padding: 1);
        halve = new(inputs, outputs, 3, device, stride: 2);
        skip = new(inputs, outputs, 1, device, withBias: false);
        using DisposeScope scope = NewDisposeScope();
        Tensor row = tensor([1f, 3f, 3f, 1f], device: device).div(Scalars.Of(8));
        _blur = row.unsqueeze(1).mul(row).reshape(1, 1, 4, 4).DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <summary><c>[B, C, H, W]</c>, H and W even, to <c>[B, outputs, H/2, W/2]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Discriminator.Rectify(same.forward(input));
        x = Discriminator.Rectify(halve.forward(Blur(x, padding: 2, stride: 1)));
        return x.Plus(skip.forward(Blur(input, padding: 1, stride: 2))).mul(Scalars.Of(Math.Sqrt(0.5))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _blur.Dispose();
        }
        base.Dispose(disposing);
    }

    // Every channel alone.
    Tensor Blur(Tensor x, long padding, long stride)
    {
        Tensor each = nn.functional.conv2d(x.flatten(0, 1).unsqueeze(1), _blur, null, [stride, stride], [padding, padding]);
        return each.squeeze(1).unflatten(0, [x.shape[0], x.shape[1]]);
    }
}
