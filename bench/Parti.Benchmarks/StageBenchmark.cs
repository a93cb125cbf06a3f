using Parti.Inference.Families;
using Parti.Inference.Kernels.Pictures;
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
    static readonly string[] Columns = ["network", "pixels", "ms a picture", "GFLOP", "GFLOP/s", "of the limit", "plain path ms", "times as fast"];

    /// <summary>Tokens to pixels.</summary>
    public static void Detokenize(Report report, int threads, int repeats)
    {
        Table table = new("detokenize: as the engine does, by kernels where there are some, one picture at a time", Columns);
        foreach ((string name, ImageTokenizerArchitecture sizes) in new[]
        {
            ("demo", PartiPresets.DemoImageTokenizer), ("small", PartiPresets.SmallImageTokenizer), ("DALL-E mini", MinDallePresets.Detokenizer),
        })
        {
            using IDisposable noGrad = torch.no_grad();
            using IImageTokenizer network = ImageTokenizers.Create(sizes);
            int grid = sizes.ImageSize / sizes.PatchSize;
            using torch.Tensor tokens = torch.zeros([1, grid * grid], torch.ScalarType.Int64);
            using VqGan? emptied = network is VqGan ? (VqGan)ImageTokenizers.Create(sizes) : null;
            using MapDecoder? kernels = emptied is null ? null : VqGanKernels.Take(emptied, threads);
            List<Action> ways = [() => network.Decode(tokens).Dispose()];
            if (kernels is not null)
            {
                ways.Insert(0, () => VqGanKernels.Decode(kernels, emptied!.Latents(tokens)).Dispose());
            }
            double[] seconds = Timing.Medians(repeats, [.. ways]);
            table.Row(Cells(report.Machine, name, $"{sizes.ImageSize}", seconds, StageFlops.Detokenize(sizes, (torch.nn.Module)network)));
        }
        report.Add(table);
    }

    /// <summary>Pixels to more pixels.</summary>
    public static void Upscale(Report report, int repeats)
    {
        Table table = new("upscale: by the tensor library, one picture at a time", Columns);
        UpsamplerArchitecture slim = new() { Kind = UpsamplerKind.Dense, Factor = 4, Blocks = 2, Channels = 64, Convolutions = 1, Growth = 4 };
        foreach ((string name, UpsamplerArchitecture sizes, int pixels) in new[]
        {
            ("demo", PartiPresets.DemoUpsampler, 64), ("esrgan-slim", slim, 256), ("paper's 256 to 1024", PartiPresets.Upsampler1024, 256),
        })
        {
            using IDisposable noGrad = torch.no_grad();
            using torch.nn.Module<torch.Tensor, torch.Tensor> network = Upsamplers.Create(sizes);
            using torch.Tensor picture = torch.rand([1, 3, pixels, pixels]);
            double[] seconds = Timing.Medians(repeats, () => network.forward(picture).Dispose());
            table.Row(Cells(report.Machine, name, $"{pixels} to {pixels * sizes.Factor}", seconds, StageFlops.Upscale(network, pixels, sizes.Factor, "output")));
        }
        report.Add(table);
    }

    // The last way is the plain path, which may be the only one.
    static string[] Cells(MachineRates machine, string name, string pixels, double[] seconds, double flops) =>
    [
        name, pixels, $"{1e3 * seconds[0]:F1}", $"{flops / 1e9:F2}", $"{flops / seconds[0] / 1e9:F0}", $"{flops / seconds[0] / machine.FlopsPerSecond:P0}",
        $"{1e3 * seconds[^1]:F1}", seconds.Length > 1 ? $"{seconds[^1] / seconds[0]:F2}" : "is the plain path",
    ];
}
