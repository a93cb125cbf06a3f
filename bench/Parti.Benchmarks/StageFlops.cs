using Parti.Models.Checkpoints;
using TorchSharp;

namespace Parti.Benchmarks;

/// <summary>Multiplications and additions of what follows sampling, a picture; norms and activations left out.</summary>
static class StageFlops
{
    /// <summary>Of a detokenizer.</summary>
    /// <param name="sizes">Its sizes.</param>
    /// <param name="network">The network, whose convolutions are counted by their weights.</param>
    public static double Detokenize(ImageTokenizerArchitecture sizes, torch.nn.Module network) =>
        sizes.Convolutions is { } convolutions ? Convolutions(sizes, convolutions, network) : Transformer(sizes);

    /// <summary>Of an upsampler whose convolutions all but the last work at the size that goes in.</summary>
    /// <param name="network">The network.</param>
    /// <param name="pixels">Edge of the picture that goes in.</param>
    /// <param name="large">Names, or parts of names, of convolutions at the size that comes out.</param>
    /// <param name="factor">How much larger that is.</param>
    public static double Upscale(torch.nn.Module network, int pixels, int factor, params string[] large) =>
        network.named_parameters().Where(weight => weight.parameter.dim() == 4).Sum(weight =>
        {
            double edge = pixels * (large.Any(weight.name.Contains) ? factor : 1);
            return 2 * edge * edge * weight.parameter.numel();
        });

    static double Transformer(ImageTokenizerArchitecture sizes)
    {
        TransformerStack stack = sizes.Decoder;
        double edge = sizes.ImageSize / (double)sizes.PatchSize, tokens = edge * edge;
        double layer = 2 * tokens * stack.Width * (4.0 * stack.Width + 2 * stack.MlpWidth) + 4 * tokens * tokens * stack.Width;
        return stack.Layers * layer + 2 * tokens * stack.Width * 3 * sizes.PatchSize * sizes.PatchSize;
    }

    static double Convolutions(ImageTokenizerArchitecture sizes, VqGanArchitecture convolutions, torch.nn.Module network)
    {
        int deepest = convolutions.LevelChannels.Count - 1;
        return network.named_parameters().Where(weight => weight.name.StartsWith("decoder.", StringComparison.Ordinal) && weight.parameter.dim() == 4).Sum(weight =>
        {
            string[] path = weight.name.Split('.');
            int level = path[1] == "levels" ? int.Parse(path[2], System.Globalization.CultureInfo.InvariantCulture) : path[1] == "conv_out" ? 0 : deepest;
            // The convolution behind a change of size works at the new one.
            double edge = sizes.ImageSize >> (path.Contains("resample") ? level - 1 : level);
            return 2 * edge * edge * weight.parameter.numel();
        });
    }
}
