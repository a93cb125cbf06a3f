namespace Parti.Models.Checkpoints;

/// <summary>Sizes of a convolutional image tokenizer (VQGAN §3; the layout that DALL·E mini, LlamaGen and Janus share).</summary>
public sealed record VqGanArchitecture
{
    /// <summary>Channels behind the first convolution of the encoder: 1 to 4,096.</summary>
    public required int Channels { get; init; }

    /// <summary>Channels of each level, finest first; each level but the last halves the picture: 1 to 8 numbers of 1 to 16,384.</summary>
    public required IReadOnlyList<int> LevelChannels { get; init; }

    /// <summary>Residual blocks of an encoder's level; a decoder's level has one more: 1 to 16.</summary>
    public required int Blocks { get; init; }

    /// <summary>Channels between the code and the convolutions: 1 to 4,096.</summary>
    public required int LatentChannels { get; init; }

    /// <summary>Levels with attention behind each block, 0 the finest.</summary>
    public required IReadOnlyList<int> AttentionLevels { get; init; }

    /// <summary>Groups of a norm: 1 to 1,024, a divisor of every number of channels; default 32.</summary>
    public int NormGroups { get; init; } = 32;

    /// <summary>ε of a norm: above 0 to 0.1; default 1e-6.</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>Whether latents and codes are ℓ2-normalised before they are compared and codes before they are decoded.</summary>
    public bool NormalisedCodes { get; init; }

    /// <summary>Whether pixels run from -1 to 1 inside; else from 0 to 1.</summary>
    public bool SignedPixels { get; init; } = true;

    /// <summary>Whether there is an encoder; without one a picture has no tokens.</summary>
    public bool HasEncoder { get; init; } = true;

    /// <summary>Pixels behind one token along an edge.</summary>
    internal int Downsampling => 1 << (LevelChannels.Count - 1);

    internal void Validate(ManifestCheck check)
    {
        check.Range("channels", Channels, 1, 4096);
        check.Range("level_channels", LevelChannels.Count, 1, 8);
        check.Range("blocks", Blocks, 1, 16);
        check.Range("latent_channels", LatentChannels, 1, 4096);
        check.Range("norm_groups", NormGroups, 1, 1024);
        check.Require("norm_epsilon", NormEpsilon is > 0 and <= 0.1, NormEpsilon, "above 0 to 0.1");
        foreach (int channels in LevelChannels.Append(Channels))
        {
            check.Range("level_channels", channels, 1, 16_384);
            check.Require("norm_groups", channels % NormGroups == 0, NormGroups, $"a divisor of every number of channels ({channels})");
        }

        foreach (int level in AttentionLevels)
        {
            check.Range("attention_levels", level, 0, LevelChannels.Count - 1);
        }
    }
}
