using Parti.Inference.Execution;
using Parti.Inference.Kernels;
using Parti.Inference.Sampling;
using Parti.Models.Checkpoints;

namespace Parti.Inference.Tests.Kernels;

/// <summary>The fast path against the plain one, and against itself among neighbours.</summary>
[Collection(TorchSetup.Name)]
public sealed class KernelDecoderTests(ITestOutputHelper output)
{
    // Of logits whose standard deviation is about 0.5.
    const float Tolerance = 5e-6f;
    const int Rows = 7;

    [Theory]
    [InlineData("dense", WeightFormat.Float32)]
    [InlineData("odd", WeightFormat.Float32)]
    [InlineData("convolution", WeightFormat.Float32)]
    [InlineData("dense", WeightFormat.Int8)]
    [InlineData("odd", WeightFormat.Int8)]
    public void Step_EveryPosition_AgreesWithThePlainPath(string name, WeightFormat format)
    {
        using RandomParti model = new(name) { Format = format };
        int[] tokens = model.RandomTokens();
        float[] plain = model.PlainLogits(tokens);
        using KernelDecoder decoder = model.NewDecoder(1, 1);
        float[] fast = Logits(decoder, model, tokens, 0, []);

        float worst = plain.Zip(fast, (p, f) => Math.Abs(p - f)).Max();
        output.WriteLine($"largest difference {worst:G3}");
        Assert.InRange(worst, 0, Tolerance);
    }

    [Theory]
    [InlineData("dense", WeightFormat.Float32)]
    [InlineData("odd", WeightFormat.Float32)]
    [InlineData("convolution", WeightFormat.Float32)]
    [InlineData("dense", WeightFormat.Int8)]
    [InlineData("odd", WeightFormat.Int8)]
    public void Step_AmongAnyNeighboursOnAnyThreadsAndShards_SameBits(string name, WeightFormat format)
    {
        using RandomParti model = new(name) { Format = format };
        int[] tokens = model.RandomTokens();
        using KernelDecoder alone = model.NewDecoder(1, 1);
        float[] reference = Logits(alone, model, tokens, 0, []);
        foreach ((int threads, int shards) in new[] { (1, 1), (2, 1), (3, 2), (1, 3), (2, 4) })
        {
            using KernelDecoder decoder = model.NewDecoder(Rows, threads, shards);
            for (int row = 0; row < Rows; row++)
            {
                int[] neighbours = [.. Enumerable.Range(0, Rows).Where(r => r != row && model.Random.Next(2) == 0)];
                Assert.Equal(reference, Logits(decoder, model, tokens, row, neighbours));
            }
        }
    }

    [Fact]
    public void Sample_WholePictures_DrawsTheTokensOfThePlainPath()
    {
        using RandomParti model = new("dense");
        for (ulong seed = 0; seed < 20; seed++)
        {
            using KernelDecoder fast = model.NewDecoder(2, 1);
            using TensorDecoder plain = new(model, RowCounts.For(1));
            Assert.Equal(Sample(plain, model, seed), Sample(fast, model, seed));
        }
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("odd")]
    [InlineData("convolution")]
    public void Step_SeveralPositionsOfARow_SameBitsAsOneByOne(string name)
    {
        using RandomParti model = new(name);
        int[] tokens = model.RandomTokens();
        using KernelDecoder decoder = model.NewDecoder(2, 2);
        float[] last = Logits(decoder, model, tokens, 1, [])[^model.Vocabulary..];
        foreach (int together in new[] { 2, 5, tokens.Length })
        {
            decoder.Enter(0, model.OtherStates(), model.TextTokens);
            decoder.Enter(1, model.States, model.TextTokens);
            for (int p = 0; p < tokens.Length; p += together)
            {
                DecodeRow[] rows = [.. Enumerable.Range(p, Math.Min(together, tokens.Length - p)).Select(q => new DecodeRow(1, q == 0 ? -1 : tokens[q - 1], q))];
                decoder.Step([new(0, 3, p), .. rows]);
            }
            Assert.Equal(last, decoder.Logits(1));
        }
    }

    [Fact]
    public void Enter_SameTextInSeveralRows_IsProjectedOnceAndOutlivesTheFirst()
    {
        using RandomParti model = new("dense");
        int[] tokens = model.RandomTokens();
        using KernelDecoder decoder = model.NewDecoder(3, 1);
        float[] reference = Logits(decoder, model, tokens, 0, []);
        decoder.Enter(0, model.States, model.TextTokens);
        decoder.Enter(1, [.. model.States], model.TextTokens);
        decoder.Enter(0, model.OtherStates(), model.TextTokens);

        Assert.Equal(reference, Run(decoder, tokens, 1));
    }

    [Fact]
    public void Step_SteadyState_AllocatesNothing()
    {
        using RandomParti model = new("dense");
        using KernelDecoder decoder = model.NewDecoder(4, 2);
        for (int row = 0; row < 4; row++)
        {
            decoder.Enter(row, model.States, model.TextTokens);
        }
        DecodeRow[] rows = new DecodeRow[4];
        RunPicture(decoder, rows, model.ImageTokens);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RunPicture(decoder, rows, model.ImageTokens);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Step_StatesThatAreNoNumbers_SpoilTheirRowAlone()
    {
        using RandomParti model = new("dense");
        int[] tokens = model.RandomTokens();
        using KernelDecoder decoder = model.NewDecoder(2, 2);
        float[] reference = Logits(decoder, model, tokens, 0, []);
        decoder.Enter(0, model.States, model.TextTokens);
        decoder.Enter(1, [.. model.States.Select(_ => float.NaN)], model.TextTokens);
        List<float> logits = [];
        for (int p = 0; p < tokens.Length; p++)
        {
            int previous = p == 0 ? -1 : tokens[p - 1];
            decoder.Step([new(0, previous, p), new(1, previous, p)]);
            logits.AddRange(decoder.Logits(0));
            Assert.True(float.IsNaN(decoder.Logits(1)[0]));
        }
        Assert.Equal(reference, logits);
    }

    static void RunPicture(KernelDecoder decoder, DecodeRow[] rows, int length)
    {
        for (int p = 0; p < length; p++)
        {
            for (int row = 0; row < rows.Length; row++)
            {
                rows[row] = new(row, p == 0 ? -1 : p, p);
            }
            decoder.Step(rows);
        }
    }

    static int[] Sample(IStepDecoder decoder, RandomParti model, ulong seed)
    {
        TokenSampler sampler = new(model.Vocabulary);
        decoder.Enter(0, model.States, model.TextTokens);
        decoder.Enter(1, model.OtherStates(), model.TextTokens);
        int[] tokens = new int[model.ImageTokens];
        for (int p = 0; p < tokens.Length; p++)
        {
            int previous = p == 0 ? -1 : tokens[p - 1];
            decoder.Step([new(0, previous, p), new(1, previous, p)]);
            tokens[p] = sampler.Sample(decoder.Logits(0), decoder.Logits(1), new SamplingParams(2, 0.9f, 0, 1), new TokenDraw(seed, 0, p));
        }
        return tokens;
    }

    static float[] Logits(KernelDecoder decoder, RandomParti model, int[] tokens, int row, int[] neighbours)
    {
        decoder.Enter(row, model.States, model.TextTokens);
        foreach (int other in neighbours)
        {
            decoder.Enter(other, model.OtherStates(), model.TextTokens);
        }
        return Run(decoder, tokens, row, neighbours, model);
    }

    static float[] Run(KernelDecoder decoder, int[] tokens, int row, int[]? neighbours = null, RandomParti? model = null)
    {
        List<float> logits = [];
        int[] rows = [.. (neighbours ?? []).Append(row).Order()];
        for (int p = 0; p < tokens.Length; p++)
        {
            decoder.Step([.. rows.Select(r => new DecodeRow(r, p == 0 ? -1 : r == row ? tokens[p - 1] : model!.Random.Next(model.Vocabulary), p))]);
            logits.AddRange(decoder.Logits(row));
        }
        return [.. logits];
    }
}
