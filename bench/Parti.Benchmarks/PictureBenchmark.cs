using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Benchmarks;

/// <summary>What follows sampling.</summary>
static class PictureBenchmark
{
    /// <summary>One table.</summary>
    public static void Run(Report report, int repeats)
    {
        Table table = new("pictures: one at a time", ["stage", "pixels", "ms a picture"]);
        Detokenize(table, "detokenize, demo", PartiPresets.DemoImageTokenizer, repeats);
        Detokenize(table, "detokenize, small", PartiPresets.SmallImageTokenizer, repeats);
        Upscale(table, "upscale, demo", PartiPresets.DemoUpsampler, PartiPresets.DemoImageTokenizer.ImageSize, repeats);
        report.Add(table);
    }

    static void Detokenize(Table table, string name, ImageTokenizerArchitecture sizes, int repeats)
    {
        using IDisposable noGrad = torch.no_grad();
        using VitVqGan network = new(sizes);
        int grid = sizes.ImageSize / sizes.PatchSize;
        using torch.Tensor tokens = torch.zeros([1, grid * grid], torch.ScalarType.Int64);
        table.Row(name, $"{sizes.ImageSize}", $"{1e3 * Timing.Medians(repeats, () => network.Decode(tokens).Dispose())[0]:F1}");
    }

    static void Upscale(Table table, string name, UpsamplerArchitecture sizes, int from, int repeats)
    {
        using IDisposable noGrad = torch.no_grad();
        using Upsampler network = new(sizes);
        using torch.Tensor picture = torch.rand([1, 3, from, from]);
        table.Row(name, $"{from * sizes.Factor}", $"{1e3 * Timing.Medians(repeats, () => network.forward(picture).Dispose())[0]:F1}");
    }
}
