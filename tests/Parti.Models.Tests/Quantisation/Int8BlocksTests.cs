using Parti.Models.Quantisation;
using TorchSharp;

namespace Parti.Models.Tests.Quantisation;

public sealed class Int8BlocksTests
{
    [Fact]
    public void Quantise_RandomWeights_NearestWholeMultipleOfTheBlocksScale()
    {
        const int Seed = 4;
        Random random = new(Seed);
        float[] weights = [.. Enumerable.Range(0, 300).Select(_ => random.NextSingle() - 0.5f)];
        (sbyte[] values, float[] scales) = Quantise(weights);

        Assert.Equal(3, scales.Length);
        for (int k = 0; k < weights.Length; k++)
        {
            float scale = scales[k / Int8Blocks.Inputs];
            Assert.InRange(Math.Abs(weights[k] - values[k] * scale), 0, scale * 0.5001f);
        }
    }

    [Fact]
    public void Quantise_Outlier_CostsItsOwnBlockAlone()
    {
        float[] weights = [.. Enumerable.Repeat(0.01f, 256)];
        weights[5] = -100;
        (sbyte[] values, float[] scales) = Quantise(weights);

        Assert.Equal(-127, values[5]);
        Assert.Equal(0, values[6]);
        Assert.Equal(127, values[200]);
        Assert.Equal(0.01f, values[200] * scales[1], 1e-9f);
    }

    [Fact]
    public void Quantise_Zeros_StayZeros()
    {
        (sbyte[] values, float[] scales) = Quantise(new float[130]);

        Assert.All(values, value => Assert.Equal(0, value));
        Assert.All(scales, scale => Assert.Equal(0, scale));
    }

    [Fact]
    public void RoundTrip_Twice_ChangesNoValueMoreThanRounding()
    {
        torch.random.manual_seed(3);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor matrix = torch.randn(5, 200), before = matrix.clone();
        Int8Blocks.RoundTrip(matrix);
        torch.Tensor once = matrix.clone();
        Int8Blocks.RoundTrip(matrix);

        float change = before.sub(once).abs().max().item<float>();
        Assert.InRange(change, 1e-4f, 0.02f);
        Assert.InRange(once.sub(matrix).abs().max().item<float>(), 0, 1e-6f);
    }

    static (sbyte[] Values, float[] Scales) Quantise(float[] weights)
    {
        sbyte[] values = new sbyte[weights.Length];
        float[] scales = new float[Int8Blocks.Count(weights.Length)];
        Int8Blocks.Quantise(weights, values, scales);
        return (values, scales);
    }
}
