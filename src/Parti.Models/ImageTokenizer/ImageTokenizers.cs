using Parti.Models.Checkpoints;
using static TorchSharp.torch;

namespace Parti.Models.ImageTokenizer;

/// <summary>Makes image tokenizers of every kind.</summary>
public static class ImageTokenizers
{
    /// <summary>Allocates a tokenizer with random weights.</summary>
    /// <param name="architecture">Kind and sizes.</param>
    /// <param name="device">Where the weights are; meta allocates nothing.</param>
    public static IImageTokenizer Create(ImageTokenizerArchitecture architecture, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        return architecture.Kind switch
        {
            ImageTokenizerKind.VqGan => new VqGan(architecture, device),
            ImageTokenizerKind.EnhancingVitVqGan => new EnhancingVitVqGan(architecture, device),
            _ => new VitVqGan(architecture, device),
        };
    }

    /// <summary>Reads a tokenizer's weights.</summary>
    /// <param name="architecture">Kind and sizes.</param>
    /// <param name="weights">Its checkpoint.</param>
    /// <param name="device">Where the weights go.</param>
    /// <exception cref="CheckpointException">A tensor is missing, left over or of another shape; the message names it.</exception>
    public static IImageTokenizer Load(ImageTokenizerArchitecture architecture, SafeTensorsReader weights, Device? device = null)
    {
        IImageTokenizer tokenizer = Create(architecture, device);
        try
        {
            ModuleCheckpoint.Load((nn.Module)tokenizer, weights);
            return tokenizer;
        }
        catch
        {
            tokenizer.Dispose();
            throw;
        }
    }
}
