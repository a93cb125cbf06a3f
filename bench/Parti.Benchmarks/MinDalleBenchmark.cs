using Parti.Inference.Execution;
using Parti.Inference.Families;
using Parti.Inference.Kernels;
using Parti.Inference.Kernels.Pictures;
using Parti.Models.Checkpoints;
using Parti.Models.Families.MinDalle;
using Parti.Models.ImageTokenizer;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Benchmarks;

/// <summary>DALL·E mini at full size with random weights: decode steps of one guided picture, text encoder, detokenizer.</summary>
static class MinDalleBenchmark
{
    const int TextTokens = 16;

    static readonly TransformerArchitecture Sizes = MinDallePresets.Mini;

    /// <summary>Two tables.</summary>
    public static void Run(Report report, int threads, int repeats)
    {
        using IDisposable noGrad = torch.no_grad();
        torch.random.manual_seed(1);
        report.Add(Steps(report.Machine, threads, repeats));
        Table stages = new("min-dalle: mini, what surrounds sampling, one at a time", ["stage", "shape", "ms", "plain path ms", "times as fast"]);
        Encode(stages, repeats);
        Detokenize(stages, threads, repeats);
        report.Add(stages);
    }

    static Table Steps(MachineRates machine, int threads, int repeats)
    {
        using MinDalleDecoder network = new(Sizes, MinDallePresets.MiniSettings);
        using DecoderCache plain = new(network, 2);
        Table table = new(
            $"min-dalle: mini, {Sizes.DecoderLayers} layers of width {Sizes.Width}, {Sizes.ImageTokens} tokens; a step of one guided picture (two rows)",
            ["weights", "MB a step", "position", "ms a step", "s for all tokens at that", "GB/s read", "of the limit", "plain path ms", "times as fast"]);
        foreach (WeightFormat format in Enum.GetValues<WeightFormat>())
        {
            using KernelDecoder kernels = Kernels(network, threads, format);
            Enter(kernels, plain);
            foreach (int position in new[] { 0, Sizes.ImageTokens / 2, Sizes.ImageTokens - 1 })
            {
                table.Row(Cells(machine, kernels, plain, format, position, repeats));
            }
        }
        return table;
    }

    static string[] Cells(MachineRates machine, KernelDecoder kernels, DecoderCache plain, WeightFormat format, int position, int repeats)
    {
        DecodeRow[] rows = [new(0, 7, position), new(1, 7, position)];
        using torch.Tensor tokens = torch.full([2], 7L, torch.ScalarType.Int64), positions = torch.full([2], (long)position, torch.ScalarType.Int64);
        double[] seconds = Timing.Medians(repeats, () => kernels.Step(rows), () => plain.Step(tokens, positions).Dispose());
        double bytes = kernels.StepBytes + 2.0 * 2 * sizeof(float) * Sizes.DecoderLayers * (position + 1 + TextTokens) * Sizes.Width;
        return
        [
            $"{format}".ToLowerInvariant(), $"{kernels.StepBytes / 1e6:F0}", $"{position}", $"{1e3 * seconds[0]:F1}", $"{Sizes.ImageTokens * seconds[0]:F1}",
            $"{bytes / seconds[0] / 1e9:F1}", $"{bytes / seconds[0] / machine.ReadBytesPerSecond:P0}", $"{1e3 * seconds[1]:F1}", $"{seconds[1] / seconds[0]:F2}",
        ];
    }

    static void Encode(Table table, int repeats)
    {
        using MinDalleEncoder network = new(Sizes);
        using torch.Tensor ids = torch.full([1, Sizes.MaxTextTokens], 5L, torch.ScalarType.Int64), mask = ids.ne(1L);
        table.Row("text encoder", $"{Sizes.MaxTextTokens} tokens", $"{1e3 * Timing.Medians(repeats, () => network.Encode(ids, mask).Dispose())[0]:F0}", "", "");
    }

    static void Detokenize(Table table, int threads, int repeats)
    {
        using VqGan plain = new(MinDallePresets.Detokenizer), emptied = new(MinDallePresets.Detokenizer);
        using MapDecoder kernels = VqGanKernels.Take(emptied, threads);
        using torch.Tensor tokens = torch.zeros([1, Sizes.ImageTokens], torch.ScalarType.Int64);
        double[] seconds = Timing.Medians(
            repeats, () => VqGanKernels.Decode(kernels, emptied.Latents(tokens)).Dispose(), () => plain.DecodeLatents(plain.Latents(tokens)).Dispose());
        int edge = MinDallePresets.Detokenizer.ImageSize;
        table.Row("detokenizer", $"{edge}x{edge}", $"{1e3 * seconds[0]:F0}", $"{1e3 * seconds[1]:F0}", $"{seconds[1] / seconds[0]:F2}");
    }

    static KernelDecoder Kernels(MinDalleDecoder network, int threads, WeightFormat format)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> weights = network.state_dict();
        return new(MinDalleKernels.Pack(Sizes, MinDallePresets.MiniSettings, name => weights[name].data<float>().ToArray(), format), 2, threads);
    }

    static void Enter(KernelDecoder kernels, DecoderCache plain)
    {
        for (int row = 0; row < 2; row++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor states = torch.nn.functional.pad(torch.randn(1, TextTokens, Sizes.Width), [0, 0, 0, Sizes.MaxTextTokens - TextTokens]);
            torch.Tensor mask = torch.arange(Sizes.MaxTextTokens).lt(TextTokens).unsqueeze(0);
            plain.Enter(row, states, mask);
            kernels.Enter(row, states.narrow(1, 0, TextTokens).contiguous().data<float>().ToArray(), TextTokens);
        }
    }
}
