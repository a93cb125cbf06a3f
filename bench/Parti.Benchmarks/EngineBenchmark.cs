using Parti.Inference.Execution;
using Parti.Inference.Families;
using Parti.Inference.Kernels;
using Parti.Models.Checkpoints;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Benchmarks;

/// <summary>Decode steps: the kernels against the plain path on the same weights.</summary>
static class EngineBenchmark
{
    const int TextTokens = 24;

    static readonly int[] RowCounts = [1, 2, 4, 8, 16, 32];

    /// <summary>One table a size.</summary>
    public static void Run(Report report, IEnumerable<string> sizes, int threads, int repeats)
    {
        foreach (string size in sizes)
        {
            TransformerArchitecture architecture = size switch
            {
                "demo" => PartiPresets.Demo,
                "350M" => PartiPresets.P350M,
                "350M-dense" => PartiPresets.P350M with { Attention = AttentionKind.Dense, Kernel = 0 },
                "750M" => PartiPresets.P750M,
                _ => throw new ArgumentException($"--sizes is {size}, allowed are demo, 350M, 350M-dense and 750M.", nameof(sizes)),
            };
            report.Add(Measure(report.Machine, size, architecture, threads, repeats));
            report.Add(MeasureSixteen(size, architecture, threads, repeats));
            report.Add(MeasureInt8(report.Machine, size, architecture, threads, repeats));
        }
    }

    static Table Measure(MachineRates machine, string size, TransformerArchitecture sizes, int threads, int repeats)
    {
        using IDisposable noGrad = torch.no_grad();
        torch.random.manual_seed(1);
        using PartiTransformer network = new(sizes);
        using KernelDecoder kernels = Kernels(network, threads);
        using DecoderCache plain = new(network, RowCounts[^1]);
        Enter(kernels, plain, sizes);
        Table table = new(
            $"engine: {size}, {sizes.DecoderLayers} layers of width {sizes.Width}, {sizes.ImageTokens} tokens; two rows are one guided picture; {kernels.StepBytes / 1e6:F0} MB of weights a step",
            ["rows", "position", "ms a step", "row tokens/s", "GB/s read", "of the limit", "GFLOP/s", "of the limit", "plain path ms", "times as fast"]);
        foreach (int rows in RowCounts)
        {
            foreach (int position in new[] { 0, sizes.ImageTokens / 2, sizes.ImageTokens - 1 })
            {
                table.Row(Cells(machine, kernels, plain, sizes, rows, position, repeats));
            }
        }
        return table;
    }

    static string[] Cells(MachineRates machine, KernelDecoder kernels, DecoderCache plain, TransformerArchitecture sizes, int rows, int position, int repeats)
    {
        DecodeRow[] inputs = [.. Enumerable.Range(0, rows).Select(row => new DecodeRow(row, row, position))];
        using torch.Tensor tokens = torch.arange(rows), positions = torch.full([rows], (long)position, torch.ScalarType.Int64);
        (double seconds, double library) = Timing.Settled(repeats, () => kernels.Step(inputs), () => plain.Step(tokens, positions).Dispose());
        double cache = 2.0 * sizeof(float) * rows * sizes.DecoderLayers * (sizes.SeenFrom(position) + TextTokens) * sizes.Width;
        double bytes = kernels.StepBytes + cache, flops = 2.0 * rows * kernels.StepBytes / sizeof(float) + cache;
        return
        [
            $"{rows}", $"{position}", $"{1e3 * seconds:F2}", $"{rows / seconds:F0}",
            $"{bytes / seconds / 1e9:F1}", $"{bytes / seconds / machine.ReadBytesPerSecond:P0}",
            $"{flops / seconds / 1e9:F0}", $"{flops / seconds / machine.FlopsPerSecond:P0}",
            $"{1e3 * library:F2}", $"{library / seconds:F2}",
        ];
    }

    // What batching is worth, each against the other in the same turns.
    static Table MeasureSixteen(string size, TransformerArchitecture sizes, int threads, int repeats)
    {
        using IDisposable noGrad = torch.no_grad();
        torch.random.manual_seed(1);
        using PartiTransformer network = new(sizes);
        using KernelDecoder kernels = Kernels(network, threads);
        Enter(kernels, null, sizes);
        Table table = new($"engine: {size}, sixteen guided pictures against one", ["position", "one, ms a step", "tokens/s", "sixteen, ms a step", "tokens/s", "times as many"]);
        foreach (int position in new[] { 0, sizes.ImageTokens / 2, sizes.ImageTokens - 1 })
        {
            DecodeRow[] sixteen = [.. Enumerable.Range(0, 32).Select(row => new DecodeRow(row, row / 2, position))], one = sixteen[..2];
            double[] seconds = Timing.Medians(2 * repeats + 1, () => kernels.Step(one), () => kernels.Step(sixteen));
            table.Row($"{position}", $"{1e3 * seconds[0]:F2}", $"{1 / seconds[0]:F0}", $"{1e3 * seconds[1]:F2}", $"{16 / seconds[1]:F0}", $"{16 * seconds[0] / seconds[1]:F2}");
        }
        return table;
    }

    static Table MeasureInt8(MachineRates machine, string size, TransformerArchitecture sizes, int threads, int repeats)
    {
        using IDisposable noGrad = torch.no_grad();
        torch.random.manual_seed(1);
        using PartiTransformer network = new(sizes);
        using KernelDecoder full = Kernels(network, threads), int8 = Kernels(network, threads, WeightFormat.Int8);
        Enter(full, null, sizes);
        Enter(int8, null, sizes);
        Table table = new($"engine: {size}, int8 weights, {int8.StepBytes / 1e6:F0} MB a step in place of {full.StepBytes / 1e6:F0}", ["rows", "position", "float32 ms", "int8 ms", "times as fast", "GB/s read", "of the limit"]);
        foreach (int rows in RowCounts)
        {
            foreach (int position in new[] { 0, sizes.ImageTokens / 2, sizes.ImageTokens - 1 })
            {
                DecodeRow[] inputs = [.. Enumerable.Range(0, rows).Select(row => new DecodeRow(row, row, position))];
                double[] seconds = Timing.Medians(repeats, () => full.Step(inputs), () => int8.Step(inputs));
                double rate = (int8.StepBytes + 2.0 * sizeof(float) * rows * sizes.DecoderLayers * (sizes.SeenFrom(position) + TextTokens) * sizes.Width) / seconds[1];
                table.Row($"{rows}", $"{position}", $"{1e3 * seconds[0]:F2}", $"{1e3 * seconds[1]:F2}", $"{seconds[0] / seconds[1]:F2}", $"{rate / 1e9:F1}", $"{rate / machine.ReadBytesPerSecond:P0}");
            }
        }
        return table;
    }

    static KernelDecoder Kernels(PartiTransformer network, int threads, WeightFormat format = WeightFormat.Float32)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> weights = network.state_dict();
        return new(PartiKernels.Pack(network.Architecture, name => weights[name].data<float>().ToArray(), format), RowCounts[^1], threads);
    }

    static void Enter(KernelDecoder kernels, DecoderCache? plain, TransformerArchitecture sizes)
    {
        // Every second row is the unguided one of the picture before it: they share the empty text.
        using torch.Tensor empty = torch.randn(1, TextTokens, sizes.Width);
        for (int row = 0; row < RowCounts[^1]; row++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor states = torch.nn.functional.pad(row % 2 == 1 ? empty : torch.randn(1, TextTokens, sizes.Width), [0, 0, 0, sizes.MaxTextTokens - TextTokens]);
            torch.Tensor mask = torch.arange(sizes.MaxTextTokens).lt(TextTokens).unsqueeze(0);
            plain?.Enter(row, states, mask);
            kernels.Enter(row, states.narrow(1, 0, TextTokens).contiguous().data<float>().ToArray(), TextTokens);
        }
    }
}
