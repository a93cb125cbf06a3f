using Parti.Models.Checkpoints;
using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Runs;

public sealed class TrainingLoopTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-loop-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Train_TwoPartsAStep_IsOneStepOfBoth()
    {
        using LineTask parts = new(batch: 2), whole = new(batch: 4);
        Train(parts, Options("parts") with { Accumulate = 2 });
        Train(whole, Options("whole"));
        Assert.All(whole.Values.Zip(parts.Values), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        Assert.Equal(whole.Values.Length, parts.Values.Distinct().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Train_DevicesShareTheParts_LeaveTheBytesOfOne(int others)
    {
        TrainingOptions options = Options("one") with { Accumulate = 12 };
        using LineTask one = new(batch: 2), first = new(batch: 2);
        Train(one, options);
        LineTask[] replicas = [.. Enumerable.Range(0, others).Select(_ => new LineTask(batch: 2) { Shift = 1 })];
        Train(first, options with { Folder = Path.Combine(_folder, "shared") }, replicas);
        Assert.Equal(one.Values, first.Values);
        Assert.Equal(File.ReadAllText(Metrics("one")), File.ReadAllText(Metrics("shared")));
        Assert.All(replicas, replica => Assert.Equal(12 / (others + 1) * 20, replica.Batches));
        Array.ForEach(replicas, replica => replica.Dispose());
    }

    [Fact]
    public void Train_LossOfAnotherDeviceIsNoNumber_StopsWithTheLastGoodCheckpoint()
    {
        using LineTask first = new(batch: 2), other = new(batch: 2) { BrokenFrom = 7 };
        TrainingOptions options = Options("broken-other") with { Accumulate = 2, CheckpointEvery = TimeSpan.Zero };
        Assert.Contains("Step 7", Assert.Throws<TrainingException>(() => Train(first, options, other)).Message, StringComparison.Ordinal);
        using SafeTensorsReader reader = SafeTensorsReader.Open(Path.Combine(_folder, "broken-other", "checkpoint.safetensors"));
        Assert.Equal("7", reader.Metadata["step"]);
    }

    [Fact]
    public void Train_PartsThatDevicesCannotShareEvenly_AreRefused()
    {
        using LineTask first = new(batch: 2), other = new(batch: 2);
        SettingException error = Assert.Throws<SettingException>(() => Train(first, Options("uneven") with { Accumulate = 3 }, other));
        Assert.Equal("accumulate is 3; it must be a multiple of 2, as so many devices share the batches of a step.", error.Message);
    }

    [Fact]
    public void Train_WithAnAverage_WritesTheAverageAndKeepsTheWeights()
    {
        using LineTask averaged = new(batch: 2), plain = new(batch: 2);
        Train(averaged, Options("averaged") with { Average = 0.9 });
        Train(plain, Options("plain"));
        Assert.Equal(plain.Values, averaged.Values);
        float[] written = Written("averaged");
        Assert.NotEqual(plain.Values, written);
        Assert.All(written.Zip(plain.Values), pair => Assert.Equal(pair.Second, pair.First, 0.2f));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Train_LossOrGradientIsNoNumber_StopsWithTheLastGoodCheckpoint(bool lossIsFine)
    {
        using LineTask task = new(batch: 2) { BrokenFrom = 7, LossIsFine = lossIsFine };
        TrainingOptions options = Options("broken") with { CheckpointEvery = TimeSpan.Zero };
        Assert.Contains("Step 7", Assert.Throws<TrainingException>(() => Train(task, options)).Message, StringComparison.Ordinal);
        using LineTask good = new(batch: 2);
        Train(good, options with { Folder = Path.Combine(_folder, "good"), Steps = 7, Rates = Constant });
        using SafeTensorsReader reader = SafeTensorsReader.Open(Path.Combine(_folder, "broken", "checkpoint.safetensors"));
        using Tensor kept = reader.ReadTensor("network.weight");
        Assert.Equal("7", reader.Metadata["step"]);
        Assert.Equal(good.Values, kept.data<float>().ToArray());
    }

    [Fact]
    public void Train_StoppedBetweenRows_WritesTheMetricsOfAnUndisturbedRun()
    {
        using CancellationTokenSource stop = new();
        using LineTask whole = new(batch: 2), first = new(batch: 2) { Stop = stop }, parts = new(batch: 2);
        Train(whole, Options("whole"));
        Assert.False(new TrainingRun(first, Options("parts") with { Resume = true }, TimeProvider.System).Train(null, stop.Token));
        // What a killed process may leave behind: rows beyond the checkpoint, the last of them cut off.
        File.AppendAllText(Metrics("parts"), "15,9,9,9,9\n20,0.");
        Train(parts, Options("parts") with { Resume = true });
        Assert.Equal(File.ReadAllText(Metrics("whole")), File.ReadAllText(Metrics("parts")));
        Assert.Equal(["step,loss,gradient_norm,rate,late", "5", "10", "15", "20"], File.ReadLines(Metrics("whole")).Select((line, i) => i == 0 ? line : line.Split(',')[0]));
        Assert.EndsWith(",", File.ReadLines(Metrics("whole")).ElementAt(1), StringComparison.Ordinal);
    }

    [Fact]
    public void Train_ResumedWithAnotherNetwork_NamesTheTensor()
    {
        using LineTask first = new(batch: 2), other = new(batch: 2, width: 5);
        Train(first, Options("run"));
        TrainingException error = Assert.Throws<TrainingException>(() => Train(other, Options("run") with { Resume = true, Steps = 30 }));
        Assert.Contains("network.weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_SamplesWanted_DrawsThemAtTheirStepsAndAtTheEnd()
    {
        using LineTask task = new(batch: 2);
        List<long> drawn = [];
        new TrainingRun(task, Options("samples") with { SamplesEvery = 8 }, TimeProvider.System, drawn.Add).Train(null, TestContext.Current.CancellationToken);
        Assert.Equal([8, 16, 20], drawn);
    }

    static LearningRates Constant => new() { WarmUp = 0, Falls = [new() { Rate = 0.05, Decay = RateDecay.Constant }] };

    TrainingOptions Options(string name) => new() { Folder = Path.Combine(_folder, name), Steps = 20, Rates = Constant, ReportEvery = 5 };

    static void Train(TrainingTask task, TrainingOptions options, params TrainingTask[] replicas) =>
        Assert.True(new TrainingRun(task, options, TimeProvider.System, null, replicas).Train(null, TestContext.Current.CancellationToken));

    string Metrics(string name) => Path.Combine(_folder, name, "metrics.csv");

    float[] Written(string name)
    {
        using SafeTensorsReader reader = SafeTensorsReader.Open(Path.Combine(_folder, name, "weights.safetensors"));
        using Tensor weights = reader.ReadTensor("weight");
        return weights.data<float>().ToArray();
    }

    /// <summary>Fits a matrix to another one on random inputs.</summary>
    sealed class LineTask : TrainingTask, IDisposable
    {
        readonly int _batch, _width;
        readonly Linear _network;

        public LineTask(int batch, int width = 4)
        {
            (_batch, _width) = (batch, width);
            _network = nn.Linear(width, width, hasBias: false);
            using IDisposable noGrad = no_grad();
            _network.weight!.copy_(Numbers(-1, width));
        }

        /// <summary>What its weights are off by before it is given others.</summary>
        public float Shift
        {
            init
            {
                using IDisposable noGrad = no_grad();
                _network.weight!.add_(value);
            }
        }

        /// <summary>Batches whose loss was computed.</summary>
        public int Batches { get; private set; }

        public long BrokenFrom { get; init; } = long.MaxValue;

        public bool LossIsFine { get; init; }

        /// <summary>Canceled in step 12, as by Ctrl-C.</summary>
        public CancellationTokenSource? Stop { get; init; }

        public override nn.Module Network => _network;

        public float[] Values => _network.weight!.data<float>().ToArray();

        public override Tensor Loss(long step)
        {
            Batches++;
            using DisposeScope scope = NewDisposeScope();
            Tensor inputs = cat([.. Enumerable.Range(0, _batch).Select(i => Numbers(BatchOf(step) * _batch + i, 1))]);
            Tensor error = _network.forward(inputs).sub(inputs.mul(2)).square().mean();
            if (step >= 8)
            {
                Measure("late", error);
            }
            if (step == 12)
            {
                Stop?.Cancel();
            }
            // The root of nothing has an infinite slope.
            Tensor broken = LossIsFine ? _network.weight!.mul(0).sum().sqrt() : _network.weight!.sum().mul(double.NaN);
            return (step >= BrokenFrom ? error.add(broken) : error).MoveToOuterDisposeScope();
        }

        public void Dispose() => _network.Dispose();

        Tensor Numbers(long seed, int rows)
        {
            using var generator = new Generator((ulong)(seed + 7));
            return randn([rows, _width], generator: generator);
        }
    }
}
