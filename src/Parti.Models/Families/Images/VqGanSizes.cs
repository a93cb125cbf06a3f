using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;

namespace Parti.Models.Families.Images;

/// <summary>Sizes of a VQGAN, read from the shapes of its tensors.</summary>
public static class VqGanSizes
{
    private const int LevelLimit = 8, BlockLimit = 17;

    /// <summary>Reads the sizes.</summary>
    /// <param name="tensors">The tensors under our names, of <see cref="VqGanKeys.Map"/>.</param>
    /// <param name="imageSize">Edge of the picture in pixels, which no tensor tells.</param>
    /// <param name="settings">What no tensor tells either; its other sizes are replaced.</param>
    /// <exception cref="CheckpointException">A tensor that a VQGAN has is missing.</exception>
    public static ImageTokenizerArchitecture Of(IReadOnlyDictionary<string, SourceTensor> tensors, int imageSize, VqGanSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        List<int> channels = [];
        while (channels.Count < LevelLimit && tensors.ContainsKey($"decoder.levels.{channels.Count}.blocks.0.conv1.weight"))
        {
            channels.Add(Size(tensors, $"decoder.levels.{channels.Count}.blocks.0.conv1.weight", 0));
        }

        bool hasEncoder = tensors.ContainsKey("encoder.conv_in.weight");
        VqGanArchitecture convolutions = new()
        {
            Channels = hasEncoder ? Size(tensors, "encoder.conv_in.weight", 0) : channels.FirstOrDefault(),
            LevelChannels = channels,
            Blocks = Enumerable.Range(0, BlockLimit).TakeWhile(block => tensors.ContainsKey($"decoder.levels.0.blocks.{block}.conv1.weight")).Count() - 1,
            LatentChannels = Size(tensors, "from_code.weight", 0),
            AttentionLevels = [.. Enumerable.Range(0, channels.Count).Where(level => tensors.ContainsKey($"decoder.levels.{level}.attention.0.query.weight"))],
            NormGroups = settings.NormGroups,
            NormEpsilon = settings.NormEpsilon,
            NormalisedCodes = settings.NormalisedCodes,
            SignedPixels = settings.SignedPixels,
            HasEncoder = hasEncoder,
        };
        return new()
        {
            Kind = ImageTokenizerKind.VqGan, ImageSize = imageSize, PatchSize = 1 << Math.Max(channels.Count - 1, 0),
            CodebookSize = Size(tensors, "codebook", 0), CodebookDim = Size(tensors, "codebook", 1), Convolutions = convolutions,
        };
    }

    private static int Size(IReadOnlyDictionary<string, SourceTensor> tensors, string name, int dimension) =>
        tensors.TryGetValue(name, out SourceTensor? tensor) && tensor.Shape.Count > dimension && tensor.Shape[dimension] <= int.MaxValue
            ? (int)tensor.Shape[dimension]
            : throw new CheckpointException($"The tensor for \"{name}\" of the image tokenizer is missing or has too few dimensions.");
}

/// <summary>What the tensors of a VQGAN do not tell.</summary>
/// <param name="NormGroups">Groups of a norm, 32 in every published model.</param>
/// <param name="NormEpsilon">ε of a norm.</param>
/// <param name="NormalisedCodes">Whether codes are ℓ2-normalised.</param>
/// <param name="SignedPixels">Whether pixels run from -1 to 1 inside.</param>
public sealed record VqGanSettings(int NormGroups = 32, double NormEpsilon = 1e-6, bool NormalisedCodes = false, bool SignedPixels = true);
