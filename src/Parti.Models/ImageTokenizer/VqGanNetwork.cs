using Parti.Models.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.ImageTokenizer;

/// <summary>
/// One half of a VQGAN: pixels to latents or latents to pixels. Levels are numbered from the finest in both halves; the encoder runs them
/// upwards, the decoder downwards.
/// </summary>
internal sealed class VqGanNetwork : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in, conv_out;
    private readonly ModuleList<VqGanLevel> levels;
    private readonly ResidualBlock mid_first, mid_last;
    private readonly SpatialAttention mid_attention;
    private readonly GroupNorm norm_out;
    private readonly bool _encodes;

    private VqGanNetwork(VqGanArchitecture sizes, bool encodes, Device? device)
        : base(nameof(VqGanNetwork))
    {
        _encodes = encodes;
        (int groups, double epsilon, int deepest) = (sizes.NormGroups, sizes.NormEpsilon, sizes.LevelChannels[^1]);
        conv_in = encodes ? nn.Conv2d(3, sizes.Channels, 3, padding: 1, device: device) : nn.Conv2d(sizes.LatentChannels, deepest, 3, padding: 1, device: device);
        levels = nn.ModuleList([.. Enumerable.Range(0, sizes.LevelChannels.Count).Select(level => Level(sizes, level, encodes, device))]);
        mid_first = new(deepest, deepest, groups, epsilon, device);
        mid_attention = new(deepest, groups, epsilon, device);
        mid_last = new(deepest, deepest, groups, epsilon, device);
        int last = encodes ? deepest : sizes.LevelChannels[0];
        norm_out = GroupNorms.Create(groups, last, epsilon, device);
        conv_out = nn.Conv2d(last, encodes ? sizes.LatentChannels : 3, 3, padding: 1, device: device);
        RegisterComponents();
    }

    /// <summary><c>[B, 3, H, W]</c> to <c>[B, Z, h, w]</c>.</summary>
    internal static VqGanNetwork Encoder(VqGanArchitecture sizes, Device? device) => new(sizes, encodes: true, device);

    /// <summary><c>[B, Z, h, w]</c> to <c>[B, 3, H, W]</c>.</summary>
    internal static VqGanNetwork Decoder(VqGanArchitecture sizes, Device? device) => new(sizes, encodes: false, device);

    /// <inheritdoc />
    public override Tensor forward(Tensor input) => Forward(input, null);

    /// <summary>The same, watched.</summary>
    /// <param name="input">As for <see cref="forward"/>.</param>
    /// <param name="outputs">Told of what each level (its number) and the middle (−1) give, while it lives; null for nobody.</param>
    internal Tensor Forward(Tensor input, Action<int, Tensor>? outputs)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = conv_in.forward(input);
        x = _encodes ? Middle(Run(x, outputs), outputs) : Run(Middle(x, outputs), outputs);
        return conv_out.forward(nn.functional.silu(norm_out.forward(x))).MoveToOuterDisposeScope();
    }

    private Tensor Middle(Tensor x, Action<int, Tensor>? outputs)
    {
        Tensor result = mid_last.forward(mid_attention.forward(mid_first.forward(x)));
        outputs?.Invoke(-1, result);
        return result;
    }

    private Tensor Run(Tensor x, Action<int, Tensor>? outputs)
    {
        for (int i = 0; i < levels.Count; i++)
        {
            int level = _encodes ? i : levels.Count - 1 - i;
            x = levels[level].forward(x);
            outputs?.Invoke(level, x);
        }

        return x;
    }

    private static VqGanLevel Level(VqGanArchitecture sizes, int level, bool encodes, Device? device)
    {
        IReadOnlyList<int> channels = sizes.LevelChannels;
        bool withAttention = sizes.AttentionLevels.Contains(level);
        return encodes
            ? new(level == 0 ? sizes.Channels : channels[level - 1], channels[level], sizes.Blocks, withAttention,
                level < channels.Count - 1 ? Resampling.Halve : Resampling.None, sizes.NormGroups, sizes.NormEpsilon, device)
            : new(level == channels.Count - 1 ? channels[level] : channels[level + 1], channels[level], sizes.Blocks + 1, withAttention,
                level > 0 ? Resampling.Double : Resampling.None, sizes.NormGroups, sizes.NormEpsilon, device);
    }
}
