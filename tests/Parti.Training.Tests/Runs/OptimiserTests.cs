using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Runs;

public sealed class OptimiserTests
{
    const double Rate = 0.01;
    const int Rows = 40, Columns = 48;

    [Fact]
    public void Step_AdamW_FollowsTheFormula()
    {
        using DisposeScope scope = NewDisposeScope();
        OptimiserOptions options = new() { Beta1 = 0.8, Beta2 = 0.9, WeightDecay = 0.1, Clip = 1e9 };
        using Parameter weight = Drawn([2, 3], 1);
        double[] expected = Doubles(weight), first = new double[6], second = new double[6];
        using var optimiser = Optimiser.Create([("w", weight)], options);
        for (int step = 0; step < 5; step++)
        {
            double[] gradient = Gradient(weight, step);
            optimiser.Step(step, Rate);
            for (int i = 0; i < 6; i++)
            {
                first[i] = 0.8 * first[i] + 0.2 * gradient[i];
                second[i] = 0.9 * second[i] + 0.1 * gradient[i] * gradient[i];
                double update = first[i] / (1 - Math.Pow(0.8, step + 1)) / (Math.Sqrt(second[i] / (1 - Math.Pow(0.9, step + 1))) + 1e-8);
                expected[i] = expected[i] * (1 - Rate * 0.1) - Rate * update;
            }
        }
        AssertClose(expected, weight, 1e-5);
    }

    [Fact]
    public void Step_AdafactorOfAMatrix_FollowsTheFormula()
    {
        using DisposeScope scope = NewDisposeScope();
        using Parameter weight = Drawn([Rows, Columns], 2);
        double[] expected = Doubles(weight), first = new double[Rows * Columns], rows = new double[Rows], columns = new double[Columns];
        OptimiserOptions options = new() { Kind = OptimiserKind.Adafactor, Beta1 = 0.9, Beta2 = 0.96, WeightDecay = 0.045, Clip = 1e9, ByteMomentum = false };
        using var optimiser = Optimiser.Create([("w", weight)], options);
        for (int step = 0; step < 4; step++)
        {
            double[] gradient = Gradient(weight, step);
            optimiser.Step(step, Rate);
            Factored(expected, first, rows, columns, gradient, step);
        }
        AssertClose(expected, weight, 1e-4);
        Assert.Equal(["adafactor.columns.w", "adafactor.first.w", "adafactor.rows.w"], optimiser.State.Select(s => s.Name).Order());
    }

    [Fact]
    public void Step_AdafactorWithByteMomentum_StaysNearTheFloatOne()
    {
        using DisposeScope scope = NewDisposeScope();
        using Parameter bytes = Drawn([Rows, Columns], 3), floats = Drawn([Rows, Columns], 3);
        double[] start = Doubles(bytes);
        OptimiserOptions options = new() { Kind = OptimiserKind.Adafactor };
        using var one = Optimiser.Create([("w", bytes)], options);
        using var two = Optimiser.Create([("w", floats)], options with { ByteMomentum = false });
        for (int step = 0; step < 30; step++)
        {
            Gradient(bytes, step);
            Gradient(floats, step);
            one.Step(step, Rate);
            two.Step(step, Rate);
        }
        double moved = Doubles(floats).Zip(start, (a, b) => (a - b) * (a - b)).Sum(), apart = Doubles(floats).Zip(Doubles(bytes), (a, b) => (a - b) * (a - b)).Sum();
        Assert.True(apart < 0.001 * moved, $"{apart} of {moved}");
        Assert.Equal(ScalarType.Int8, one.State.Single(s => s.Name == "adafactor.first.w").Value.dtype);
    }

    [Theory]
    [InlineData(OptimiserKind.AdamW)]
    [InlineData(OptimiserKind.Adafactor)]
    public void Step_OnASlope_FindsTheBottom(OptimiserKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        using Parameter weight = Drawn([Rows, Columns], 4), bias = Drawn([Columns], 5);
        using Tensor wanted = Drawn([Rows, Columns], 6).detach();
        using var optimiser = Optimiser.Create([("w", weight), ("b", bias)], new() { Kind = kind, WeightDecay = 0 });
        double loss = double.MaxValue;
        for (int step = 0; step < 300; step++)
        {
            using DisposeScope each = NewDisposeScope();
            Tensor error = weight.sub(wanted).square().mean().add(bias.square().mean());
            error.backward();
            loss = error.item<float>();
            optimiser.Step(step, 0.05 * (1 - step / 300.0));
        }
        Assert.True(loss < 1e-3, $"{loss}");
    }

    [Theory]
    [InlineData(OptimiserKind.AdamW)]
    [InlineData(OptimiserKind.Adafactor)]
    public void Step_GradientIsNoNumber_ChangesNothing(OptimiserKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        using Parameter weight = Drawn([Rows, Columns], 7);
        using var optimiser = Optimiser.Create([("w", weight)], new() { Kind = kind });
        Gradient(weight, 0);
        optimiser.Step(0, Rate);
        double[] before = Doubles(weight), state = StateOf(optimiser);
        Gradient(weight, 1);
        using (no_grad())
        {
            weight.grad![0, 0] = double.NaN;
        }
        Assert.Throws<NotFiniteNumberException>(() => optimiser.Step(1, Rate));
        Assert.Equal(before, Doubles(weight));
        Assert.Equal(state, StateOf(optimiser));
    }

    static void Factored(double[] weight, double[] first, double[] rows, double[] columns, double[] gradient, int step)
    {
        double unbias = 1 / (1 - Math.Pow(0.96, step + 1));
        for (int r = 0; r < Rows; r++)
        {
            rows[r] = 0.96 * rows[r] + 0.04 * Enumerable.Range(0, Columns).Average(c => gradient[r * Columns + c] * gradient[r * Columns + c]);
        }
        for (int c = 0; c < Columns; c++)
        {
            columns[c] = 0.96 * columns[c] + 0.04 * Enumerable.Range(0, Rows).Average(r => gradient[r * Columns + c] * gradient[r * Columns + c]);
        }
        double mean = rows.Average();
        double[] direction = [.. gradient.Select((g, i) => g / Math.Sqrt(rows[i / Columns] * columns[i % Columns] / mean * unbias))];
        double length = Math.Max(1, Math.Sqrt(direction.Average(d => d * d)));
        for (int i = 0; i < weight.Length; i++)
        {
            first[i] = 0.9 * first[i] + 0.1 * direction[i] / length;
            weight[i] = weight[i] * (1 - Rate * 0.045) - Rate * first[i] / (1 - Math.Pow(0.9, step + 1));
        }
    }

    static double[] StateOf(Optimiser optimiser) => [.. optimiser.State.SelectMany(s => Doubles(s.Value))];

    static Parameter Drawn(long[] shape, ulong seed)
    {
        using var generator = new Generator(seed);
        return new Parameter(randn(shape, generator: generator));
    }

    static double[] Gradient(Parameter weight, int step)
    {
        using var generator = new Generator((ulong)(100 + step));
        weight.grad = randn(weight.shape, generator: generator);
        return Doubles(weight.grad);
    }

    static double[] Doubles(Tensor tensor)
    {
        using Tensor doubles = tensor.detach().to(ScalarType.Float64);
        return doubles.data<double>().ToArray();
    }

    static void AssertClose(double[] expected, Tensor found, double tolerance) =>
        Assert.All(expected.Zip(Doubles(found)), pair => Assert.Equal(pair.First, pair.Second, tolerance));
}
