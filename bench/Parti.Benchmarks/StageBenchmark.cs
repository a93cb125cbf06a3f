using Parti.Models.Checkpoints;
using Parti.Models.Families.MinDalle;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Benchmarks;

/// <summary>What follows sampling, one picture at a time, random weights.</summary>
static class StageBenchmark
{
    static readonly string[] Columns = ["network", "pixels", "ms a picture", "GFLOP", "GFLOP/s", "of the limit"];

    /// <summary>Tokens to pixels.</summary>
    public static void Detokenize(Report report, int repeats)
    {
        Table table = new("detokenize: by the tensor library alone, one picture at a time", Columns);
        foreach ((string name, ImageTokenizerArchitecture sizes) in new[]
        {
            ("demo", PartiPresets.DemoImageTokenizer), ("small", PartiPresets.SmallImageTokenizer), ("DALL-E mini", MinDallePresets.Detokenizer),
        })
        {
            using IDisposable noGrad = torch.no_grad();
            using IImageTokenizer network = ImageTokenizers.Create(sizes);
            int grid = sizes.ImageSize / sizes.PatchSize;
            using torch.Tensor tokens = torch.zeros([1, grid * grid], torch.ScalarType.Int64);
            double seconds = Timing.Medians(repeats, () => network.Decode(tokens).Dispose())[0];
            table.Row(Cells(report.Machine, name, $"{sizes.ImageSize}", seconds, StageFlops.Detokenize(sizes, (torch.nn.Module)network)));
        }
        report.Add(table);
    }

    /// <summary>Pixels to more pixels.</summary>
    public static void Upscale(Report report, int repeats)
    {
        Table table = new("upscale: by the tensor library alone, one picture at a time", Columns);
        UpsamplerArchitecture slim = new() { Kind = UpsamplerKind.Dense, Factor = 4, Blocks = 2, Channels = 64, Convolutions = 1, Growth = 4 };
        foreach ((string name, UpsamplerArchitecture sizes, int pixels) in new[]
        {
            ("demo", PartiPresets.DemoUpsampler, 64), ("esrgan-slim", slim, 256), ("paper's 256 to 1024", PartiPresets.Upsampler1024, 256),
        })
        {
            using IDisposable noGrad = torch.no_grad();
            using torch.nn.Module<torch.Tensor, torch.Tensor> network = Upsamplers.Create(sizes);
            using torch.Tensor picture = torch.rand([1, 3, pixels, pixels]);
            double seconds = Timing.Medians(repeats, () => network.forward(picture).Dispose())[0];
            table.Row(Cells(report.Machine, name, $"{pixels} to {pixels * sizes.Factor}", seconds, StageFlops.Upscale(network, pixels, sizes.Factor, "output")));
        }
        report.Add(table);
    }

    static string[] Cells(MachineRates machine, string name, string pixels, double seconds, double flops) =>
        [name, pixels, $"{1e3 * seconds:F1}", $"{flops / 1e9:F2}", $"{flops / seconds / 1e9:F0}", $"{flops / seconds / machine.FlopsPerSecond:P0}"];
}
