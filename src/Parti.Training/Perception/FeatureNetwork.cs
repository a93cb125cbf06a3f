using System.Globalization;
using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Perception;

/// <summary>
/// A small convolutional network whose levels serve as features of pictures. The papers take those of VGG, trained on pictures that this
/// project may not ship; this one learns, from captioned pictures of any kind, which text pieces a picture's caption holds
/// (<see cref="FeatureTask"/>). Legend: B pictures, S edge, C channels of the first level, V text pieces.
/// </summary>
public sealed class FeatureNetwork : nn.Module<Tensor, Tensor>
{
    readonly ModuleList<Conv2d> enter, stay;
    readonly Projection pieces;

    /// <summary>Allocates a network with random weights.</summary>
    /// <param name="sizes">Sizes.</param>
    /// <param name="device">Where the weights are.</param>
    /// <exception cref="TrainingException">A size is outside its range.</exception>
    public FeatureNetwork(FeatureNetworkSizes sizes, Device? device = null)
        : base(nameof(FeatureNetwork))
    {
        sizes.Validate();
        Sizes = sizes;
        int[] widths = [.. Enumerable.Range(0, sizes.Levels).Select(level => sizes.Channels << level)];
        enter = nn.ModuleList([.. widths.Select((width, level) => Convolution(level == 0 ? 3 : widths[level - 1], width, device))]);
        stay = nn.ModuleList([.. widths.Select(width => Convolution(width, width, device))]);
        pieces = new(2L * widths[^1], sizes.Pieces, 0.1, withBias: true, device: device);
        RegisterComponents();
    }

    /// <summary>Sizes.</summary>
    public FeatureNetworkSizes Sizes { get; }

    /// <summary>Smallest edge of a picture in pixels: one at the last level.</summary>
    public int SmallestPicture => 1 << (Sizes.Levels - 1);

    /// <summary>Features of every level.</summary>
    /// <param name="pictures"><c>[B, 3, S, S]</c>, 0 to 1, S at least <see cref="SmallestPicture"/>.</param>
    /// <returns>For level i <c>[B, C · 2^i, S / 2^i, S / 2^i]</c>, from 0; the caller's scope has them.</returns>
    public IReadOnlyList<Tensor> Features(Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> levels = [];
        Tensor x = pictures.mul(Scalars.Of(2)).sub(Scalars.Of(1));
        for (int level = 0; level < Sizes.Levels; level++)
        {
            x = level == 0 ? x : nn.functional.avg_pool2d(x, 2, 2);
            x = stay[level].forward(enter[level].forward(x).relu()).relu();
            levels.Add(x);
        }
        foreach (Tensor features in levels)
        {
            features.MoveToOuterDisposeScope();
        }
        return levels;
    }

    /// <summary><c>[B, 3, S, S]</c> to logits of the caption's pieces <c>[B, V]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor last = Features(input)[^1];
        return pieces.forward(cat([last.mean([2, 3]), last.amax([2, 3])], 1)).MoveToOuterDisposeScope();
    }

    /// <summary>Saves weights and sizes.</summary>
    /// <param name="path">A <c>.safetensors</c> file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => ModuleCheckpoint.Save(this, path, TensorDataType.F32, new Dictionary<string, string>
    {
        ["features.channels"] = Sizes.Channels.ToString(CultureInfo.InvariantCulture),
        ["features.levels"] = Sizes.Levels.ToString(CultureInfo.InvariantCulture),
        ["features.pieces"] = Sizes.Pieces.ToString(CultureInfo.InvariantCulture),
    });

    /// <summary>Loads what <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where the weights shall be.</param>
    /// <returns>The caller's to dispose.</returns>
    /// <exception cref="CheckpointException">The file is damaged or holds no feature network.</exception>
    public static FeatureNetwork Load(string path, Device? device = null)
    {
        using SafeTensorsReader reader = SafeTensorsReader.Open(path);
        var network = new FeatureNetwork(
            new() { Channels = Size(reader, "channels"), Levels = Size(reader, "levels"), Pieces = Size(reader, "pieces") }, device);
        ModuleCheckpoint.Load(network, reader);
        return network;
    }

    static int Size(SafeTensorsReader reader, string name) =>
        reader.Metadata.TryGetValue("features." + name, out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw new CheckpointException($"{reader.FilePath}: its metadata names no features.{name}; train the feature network anew, or name its weights.");

    // Keeps the variance of rectified numbers from layer to layer, where the library's default lets it shrink.
    static Conv2d Convolution(int inputs, int outputs, Device? device)
    {
        Conv2d convolution = nn.Conv2d(inputs, outputs, 3, padding: 1, device: device);
        using IDisposable noGradient = no_grad();
        convolution.weight!.normal_(0, Math.Sqrt(2 / (9.0 * inputs)));
        convolution.bias!.fill_(Scalars.Of(0));
        return convolution;
    }
}
