using Parti.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Adversaries;

/// <summary>Tells originals from what a network made of them: high verdicts for originals.</summary>
abstract class Discriminator(string name) : nn.Module<Tensor, Tensor>(name)
{
    /// <summary>What it minimises, a scalar.</summary>
    /// <param name="real">Verdicts on originals.</param>
    /// <param name="made">Verdicts on made pictures.</param>
    public abstract Tensor OwnLoss(Tensor real, Tensor made);

    /// <summary>What the network that makes pictures minimises, a scalar.</summary>
    /// <param name="made">Verdicts on made pictures.</param>
    public abstract Tensor MakersLoss(Tensor made);

    /// <summary>Allocates a discriminator with random weights.</summary>
    /// <param name="options">Kind and sizes.</param>
    /// <param name="size">S, edge of the pictures in pixels.</param>
    /// <param name="device">Where its weights are.</param>
    public static Discriminator Create(AdversaryOptions options, int size, Device device) => options.Kind == AdversaryKind.Style
        ? new StyleDiscriminator(size, options.Channels, options.MostChannels, device)
        : new PatchDiscriminator(size, options.Channels, options.MostChannels, options.PatchLevels, device);

    /// <summary>Keeps the variance of normal numbers.</summary>
    internal static Tensor Rectify(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return x.LeakyRelu(0.2).mul(Scalars.Of(Math.Sqrt(2))).MoveToOuterDisposeScope();
    }
}
