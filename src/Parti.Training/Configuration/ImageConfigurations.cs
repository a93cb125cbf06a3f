using Parti.Models.Checkpoints;
using Parti.Training.Adversaries;
using Parti.Training.Perception;
using Parti.Training.Runs;
using Parti.Training.Trainers;

namespace Parti.Training.Configuration;

/// <summary>How an image tokenizer is trained (ViT-VQGAN §3; Parti §2.1, first phase).</summary>
public sealed record VqganConfiguration : PartConfiguration
{
    /// <summary>Sizes and the kind of output.</summary>
    public required ImageTokenizerArchitecture Architecture { get; init; }

    /// <summary>Weights of the losses.</summary>
    public required VqganLosses Losses { get; init; }

    /// <summary>How the codebook starts and follows.</summary>
    public CodebookOptions Codebook { get; init; } = new();

    /// <summary>The discriminator, where the adversarial loss weighs something.</summary>
    public AdversaryOptions Adversary { get; init; } = new();

    /// <summary>What the task is told.</summary>
    public VqganOptions Task => new() { Batch = Batch, Losses = Losses, Codebook = Codebook, Adversary = Adversary };

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        Task.Validate();
    }
}

/// <summary>How a trained image tokenizer gets more codes.</summary>
public sealed record CodesConfiguration : PartConfiguration
{
    /// <summary>Codes in all: up to 262,144, and at least those there are.</summary>
    public required int Codes { get; init; }

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        Settings.Range("codes", Codes, 1, 262_144);
    }
}

/// <summary>How a part is trained that only makes pictures, on codes or reconstructions that stay as they are.</summary>
public abstract record PictureConfiguration : PartConfiguration
{
    /// <summary>Weights of the losses.</summary>
    public required PictureLosses Losses { get; init; }

    /// <summary>The discriminator, where the adversarial loss weighs something.</summary>
    public AdversaryOptions Adversary { get; init; } = new();

    /// <summary>What the task is told.</summary>
    public PictureOptions Task => new() { Batch = Batch, Losses = Losses, Adversary = Adversary };

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        Task.Validate();
    }
}

/// <summary>How a larger decoder is trained on the frozen codes of an image tokenizer (Parti §2.1, second phase).</summary>
public sealed record DecoderConfiguration : PictureConfiguration
{
    /// <summary>Sizes of the decoder.</summary>
    public required TransformerStack Decoder { get; init; }
}

/// <summary>How an upsampler is trained on frozen reconstructions (Parti §2.1, figure 4).</summary>
public sealed record UpscalerConfiguration : PictureConfiguration
{
    /// <summary>Factor and sizes.</summary>
    public required UpsamplerArchitecture Architecture { get; init; }
}

/// <summary>How the features of the perceptual loss are trained: which text pieces a picture's caption holds.</summary>
public sealed record FeaturesConfiguration : PartConfiguration
{
    /// <summary>Edge of the pictures in pixels: 8 to 4,096.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Channels of the first level: 4 to 1,024; they double from level to level.</summary>
    public int Channels { get; init; } = 32;

    /// <summary>Levels, each of half the resolution: 2 to 6.</summary>
    public int Levels { get; init; } = 4;

    /// <summary>Whether captions are lower-cased.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>Sizes of the network.</summary>
    /// <param name="pieces">Pieces of the text tokenizer.</param>
    public FeatureNetworkSizes Sizes(int pieces) => new() { Channels = Channels, Levels = Levels, Pieces = pieces };

    /// <inheritdoc />
    public override bool ReadsCaptions => true;

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        Settings.Range("image_size", ImageSize, 8, 4096);
        Settings.Range("channels", Channels, 4, 1024);
        Settings.Range("levels", Levels, 2, 6);
    }
}
