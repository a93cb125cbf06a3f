using Parti.Inference.Sampling;

namespace Parti.Inference.Tests.Sampling;

/// <summary>
/// Seeds are fresh on every run and printed. Each comparison fails by chance once in about 10^9 runs
/// (six standard deviations), so a failure is a defect: rerun with the printed seed.
/// </summary>
public sealed class TokenSamplerStatisticsTests(ITestOutputHelper output)
{
    const int Vocabulary = 37, Draws = 200_000;
    const double Limit = 6;

    [Theory]
    [InlineData(1f, 0, 1f)]
    [InlineData(0.7f, 0, 1f)]
    [InlineData(1f, 9, 1f)]
    [InlineData(1f, 0, 0.8f)]
    [InlineData(1.5f, 20, 0.9f)]
    public void Sample_ManyDraws_FollowTheSoftmaxOfKeptTokens(float temperature, int topK, float topP)
    {
        (float[] logits, ulong seed) = RandomLogits();
        SamplingParams parameters = new(1, temperature, topK, topP);
        double[] probabilities = Reference(logits, parameters);

        long[] counts = Count(logits, parameters, position => new TokenDraw(seed, 0, position));

        Assert.All(Enumerable.Range(0, Vocabulary), i => Assert.True(probabilities[i] > 0 || counts[i] == 0, $"token {i} was cut off"));
        Assert.InRange(ChiSquare.Deviations(counts, probabilities), double.NegativeInfinity, Limit);
    }

    [Fact]
    public void Sample_WrongTemperature_IsDetected()
    {
        (float[] logits, ulong seed) = RandomLogits();

        long[] counts = Count(logits, new SamplingParams(1, 1.05f, 0, 1), position => new TokenDraw(seed, 0, position));

        Assert.True(ChiSquare.Deviations(counts, Reference(logits, new SamplingParams(1, 1, 0, 1))) > Limit);
    }

    [Fact]
    public void Sample_ImagesInsteadOfPositions_FollowTheSoftmax()
    {
        (float[] logits, ulong seed) = RandomLogits();
        SamplingParams parameters = new(1, 1, 0, 1);

        long[] counts = Count(logits, parameters, image => new TokenDraw(seed, image, 5));

        Assert.InRange(ChiSquare.Deviations(counts, Reference(logits, parameters)), double.NegativeInfinity, Limit);
    }

    [Theory]
    [InlineData("position")]
    [InlineData("image")]
    [InlineData("seed")]
    public void Sample_NeighbouringDraws_AreIndependent(string neighbour)
    {
        const int Tokens = 6;
        ulong seed = NewSeed();
        float[] logits = [0.5f, -0.3f, 0.1f, 0.9f, -1, 0.2f];
        SamplingParams parameters = new(1, 1, 0, 1);
        double[] single = Reference(logits, parameters);
        TokenSampler sampler = new(Tokens);
        long[] pairs = new long[Tokens * Tokens];
        for (int i = 0; i < Draws; i++)
        {
            TokenDraw draw = new(seed, 0, 2 * i);
            TokenDraw next = neighbour switch
            {
                "position" => draw with { Position = 2 * i + 1 },
                "image" => draw with { ImageIndex = 1 },
                _ => draw with { Seed = seed + 1 },
            };
            pairs[Tokens * sampler.Sample(logits, [], parameters, draw) + sampler.Sample(logits, [], parameters, next)]++;
        }

        double[] products = [.. from a in single from b in single select a * b];
        Assert.InRange(ChiSquare.Deviations(pairs, products), double.NegativeInfinity, Limit);
    }

    static long[] Count(float[] logits, SamplingParams parameters, Func<int, TokenDraw> draw)
    {
        TokenSampler sampler = new(Vocabulary);
        long[] counts = new long[Vocabulary];
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Sample(logits, [], parameters, draw(i))]++;
        }
        return counts;
    }

    // Written without the sampler's shortcuts: sort, cut, normalise.
    static double[] Reference(float[] logits, SamplingParams parameters)
    {
        double[] weights = [.. logits.Select(logit => Math.Exp((double)logit / parameters.Temperature))];
        int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => weights[i])];
        int kept = parameters.TopK > 0 ? parameters.TopK : logits.Length;
        double mass = order.Take(kept).Sum(i => weights[i]), reached = 0;
        int nucleus = 0;
        while (nucleus < kept && reached < parameters.TopP * mass)
        {
            reached += weights[order[nucleus++]];
        }
        double[] probabilities = new double[logits.Length];
        foreach (int i in order.Take(nucleus))
        {
            probabilities[i] = weights[i] / reached;
        }
        return probabilities;
    }

    (float[] Logits, ulong Seed) RandomLogits()
    {
        ulong seed = NewSeed();
        Random random = new((int)seed);
        return ([.. Enumerable.Range(0, Vocabulary).Select(_ => (float)(random.NextDouble() * 4 - 2))], seed);
    }

    ulong NewSeed()
    {
        ulong seed = (ulong)Random.Shared.NextInt64();
        output.WriteLine($"seed {seed}");
        return seed;
    }
}
