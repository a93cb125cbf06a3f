using Parti.Inference.Sampling;

namespace Parti.Inference.Tests.Sampling;

public sealed class TokenSamplerTests(ITestOutputHelper output)
{
    static readonly SamplingParams Plain = new(1, 1, 0, 1);
    static readonly TokenDraw Draw = new(7, 0, 0);

    [Fact]
    public void Sample_TemperatureZero_TakesTheLikeliestAndLowestId()
    {
        TokenSampler sampler = new(5);

        Assert.Equal(1, sampler.Sample([0, 3, 2, 3, -1], [], Plain with { Temperature = 0 }, Draw));
        Assert.Equal(0, sampler.Sample([-0f, 0f, -1, -1, -1], [], Plain with { Temperature = 0 }, Draw));
    }

    [Fact]
    public void Sample_TopKOne_TakesTheLikeliestWhateverTheNoise()
    {
        TokenSampler sampler = new(6);

        Assert.All(Enumerable.Range(0, 500), position =>
            Assert.Equal(2, sampler.Sample([0, 1, 3, 3, 2.99f, 0], [], Plain with { TopK = 1, Temperature = 10 }, Draw with { Position = position })));
    }

    [Fact]
    public void Sample_EqualLogitsAtTheTopKEdge_KeepsTheLowestIds()
    {
        TokenSampler sampler = new(8);
        float[] logits = new float[8];

        IEnumerable<int> drawn = Enumerable.Range(0, 1000).Select(position =>
            sampler.Sample(logits, [], Plain with { TopK = 3 }, Draw with { Position = position }));

        Assert.Equal([0, 1, 2], drawn.Distinct().Order());
    }

    [Fact]
    public void Sample_TinyTopP_KeepsOneToken()
    {
        TokenSampler sampler = new(4);

        Assert.All(Enumerable.Range(0, 200), position =>
            Assert.Equal(3, sampler.Sample([0, 0, 0, 0.1f], [], Plain with { TopP = 1e-6f }, Draw with { Position = position })));
    }

    [Fact]
    public void Sample_TinyTemperature_IsTheLikeliest()
    {
        TokenSampler sampler = new(4);

        Assert.Equal(2, sampler.Sample([100, -100, 101, 100.5f], [], Plain with { Temperature = float.Epsilon }, Draw));
    }

    [Fact]
    public void Sample_GuidanceScaleOne_EqualsNoGuidance()
    {
        Random random = Seeded();
        TokenSampler sampler = new(100);
        for (int position = 0; position < 300; position++)
        {
            float[] conditional = Logits(random, 100), unconditional = Logits(random, 100);

            Assert.Equal(
                sampler.Sample(conditional, [], Plain, Draw with { Position = position }),
                sampler.Sample(conditional, unconditional, Plain, Draw with { Position = position }));
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(3f)]
    [InlineData(7.5f)]
    public void Sample_Guidance_EqualsSamplingTheGuidedLogits(float scale)
    {
        Random random = Seeded();
        TokenSampler sampler = new(100);
        for (int position = 0; position < 300; position++)
        {
            float[] conditional = Logits(random, 100), unconditional = Logits(random, 100);
            float[] guided = [.. conditional.Zip(unconditional, (c, u) => u + scale * (c - u))];

            Assert.Equal(
                sampler.Sample(guided, [], Plain, Draw with { Position = position }),
                sampler.Sample(conditional, unconditional, Plain with { GuidanceScale = scale }, Draw with { Position = position }));
        }
    }

    [Fact]
    public void Sample_RuledOutByTheCeiling_NeverChangesTheResult()
    {
        Random random = Seeded();
        TokenSampler sampler = new(257);
        for (int position = 0; position < 2000; position++)
        {
            float[] logits = Logits(random, 257);
            TokenDraw draw = Draw with { Position = position };
            float largest = logits.Max();
            int expected = Enumerable.Range(0, 257)
                .MaxBy(i => (logits[i] - largest) / 1f + TokenDraw.Gumbel(draw.Words(i / 4)[i % 4]));

            Assert.Equal(expected, sampler.Sample(logits, [], Plain, draw));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Sample_BrokenLogit_FailsNamingTokenAndPosition(float broken)
    {
        EngineRequestException error = Assert.Throws<EngineRequestException>(
            () => new TokenSampler(3).Sample([0, broken, 0], [], Plain, Draw with { Position = 17 }));

        Assert.Equal("invalid_logits", error.Code);
        Assert.Contains("token 1 at position 17", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sample_NothingPossible_Fails() => Assert.Throws<EngineRequestException>(
        () => new TokenSampler(2).Sample([float.NegativeInfinity, float.NegativeInfinity], [], Plain, Draw));

    [Fact]
    public void Sample_ImpossibleToken_IsNeverDrawn()
    {
        TokenSampler sampler = new(3);

        Assert.All(Enumerable.Range(0, 300), position => Assert.NotEqual(
            1, sampler.Sample([0, float.NegativeInfinity, 0], [], Plain with { TopP = 0.999f }, Draw with { Position = position })));
    }

    [Fact]
    public void Sample_AfterWarmUp_AllocatesNothing()
    {
        TokenSampler sampler = new(1024);
        float[] logits = Logits(new Random(1), 1024);
        SamplingParams parameters = new(3, 0.9f, 200, 0.95f);
        sampler.Sample(logits, logits, parameters, Draw);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int position = 0; position < 100; position++)
        {
            sampler.Sample(logits, logits, parameters, Draw with { Position = position });
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(-1f, 1f, 0, 1f, "guidance_scale")]
    [InlineData(51f, 1f, 0, 1f, "guidance_scale")]
    [InlineData(float.NaN, 1f, 0, 1f, "guidance_scale")]
    [InlineData(1f, -0.1f, 0, 1f, "temperature")]
    [InlineData(1f, 10.5f, 0, 1f, "temperature")]
    [InlineData(1f, 1f, -1, 1f, "top_k")]
    [InlineData(1f, 1f, 0, 0f, "top_p")]
    [InlineData(1f, 1f, 0, 1.01f, "top_p")]
    public void Validate_OutOfRange_NamesTheParameter(float guidance, float temperature, int topK, float topP, string name)
    {
        EngineRequestException error = Assert.Throws<EngineRequestException>(
            () => SamplingLimits.Validate(new SamplingParams(guidance, temperature, topK, topP)));

        Assert.Equal("invalid_parameter", error.Code);
        Assert.StartsWith(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MoveLargestToEnd_RandomKeys_EqualsSorting()
    {
        Random random = Seeded();
        for (int round = 0; round < 500; round++)
        {
            ulong[] keys = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => (ulong)random.NextInt64()).Distinct()];
            int count = random.Next(1, keys.Length + 1);
            ulong[] expected = [.. keys.OrderDescending().Take(count)];

            Selection.MoveLargestToEnd(keys, count);

            Assert.Equal(expected, keys[^count..].OrderDescending());
            Assert.Equal(expected[^1], Selection.Smallest(keys.AsSpan(keys.Length - count)));
        }
    }

    static float[] Logits(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 8 - 4))];

    Random Seeded()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return new Random(seed);
    }
}
