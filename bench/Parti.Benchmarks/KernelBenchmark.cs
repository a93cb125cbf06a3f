using Parti.Inference.Kernels;
using TorchSharp;

namespace Parti.Benchmarks;

/// <summary>One product: the kernels against the tensor library.</summary>
static class KernelBenchmark
{
    /// <summary>One table.</summary>
    public static void Run(Report report, int threads, int repeats)
    {
        Table table = new("kernels: rows times a matrix, twenty matrices in turn so that weights come from memory", ["inputs", "outputs", "rows", "ms", "GB/s read", "of the limit", "GFLOP/s", "library ms", "times as fast"]);
        foreach ((int inputs, int outputs) in new[] { (1024, 1024), (1024, 4096), (4096, 1024) })
        {
            foreach (int rows in new[] { 1, 2, 8, 32 })
            {
                table.Row(Measure(report.Machine, inputs, outputs, rows, threads, repeats));
            }
        }
        report.Add(table);
    }

    static unsafe string[] Measure(MachineRates machine, int inputs, int outputs, int rows, int threads, int repeats)
    {
        const int Matrices = 20;
        using IDisposable noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] weights = [.. Enumerable.Range(0, Matrices).Select(_ => torch.randn(outputs, inputs))];
        PackedMatrix[] packed = [.. weights.Select(weight => new PackedMatrix(inputs, weight.data<float>().ToArray()))];
        using KernelTeam team = new(threads);
        using NativeFloats x = new((long)rows * inputs), y = new((long)rows * packed[0].Stride);
        StepState state = new(inputs, rows);
        state.Renew(new StepRow[rows]);
        ProductPhase[] phases = [.. packed.Select(matrix => new ProductPhase(state, threads, matrix, x.Pointer, inputs, y.Pointer))];
        torch.Tensor input = torch.randn(rows, inputs);
        double[] seconds = Timing.Medians(repeats, () => Run(team, phases), () => Array.ForEach(weights, weight => torch.nn.functional.linear(input, weight).Dispose()));
        Array.ForEach(packed, matrix => matrix.Dispose());
        double bytes = (double)Matrices * inputs * outputs * sizeof(float), flops = 2.0 * Matrices * inputs * outputs * rows;
        return
        [
            $"{inputs}", $"{outputs}", $"{rows}", $"{1e3 * seconds[0] / Matrices:F3}", $"{bytes / seconds[0] / 1e9:F1}",
            $"{bytes / seconds[0] / machine.ReadBytesPerSecond:P0}", $"{flops / seconds[0] / 1e9:F0}", $"{1e3 * seconds[1] / Matrices:F3}", $"{seconds[1] / seconds[0]:F2}",
        ];
    }

    static void Run(KernelTeam team, ProductPhase[] phases)
    {
        team.BeginStep();
        Array.ForEach(phases, team.Run);
        team.EndStep();
    }
}
