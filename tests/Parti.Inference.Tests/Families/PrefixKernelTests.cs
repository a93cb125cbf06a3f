using Parti.Inference.Execution;
using Parti.Inference.Families;
using Parti.Inference.Kernels;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Llama;
using TorchSharp;

namespace Parti.Inference.Tests.Families;

/// <summary>Kernels and cache of decoder-only models against the whole sequence at once, and the kernels against themselves among neighbours.</summary>
[Collection(TorchSetup.Name)]
public sealed class PrefixKernelTests(ITestOutputHelper output)
{
    // Of logits whose standard deviation is about 1.
    const float Tolerance = 1e-5f;
    const int Rows = 5;

    public static TheoryData<string> Models => [.. TinyPrefixModels.Names];

    [Theory]
    [MemberData(nameof(Models))]
    public void Step_EveryPosition_AgreesWithTheWholeSequence(string name)
    {
        (float[] states, int length, int[] tokens, float[] whole) = Reference(name);
        using KernelDecoder decoder = NewDecoder(name, 1, 1);

        float worst = whole.Zip(Run(decoder, states, length, tokens), (p, f) => Math.Abs(p - f)).Max();

        output.WriteLine($"{name}: largest difference {worst:G3}");
        Assert.InRange(worst, 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Step_OfTheCache_AgreesWithTheWholeSequence(string name)
    {
        (float[] states, int length, int[] tokens, float[] whole) = Reference(name);
        using PrefixNetworks networks = TinyPrefixModels.Networks(name);
        using TensorDecoder decoder = new(networks, RowCounts.For(1));

        float worst = whole.Zip(Run(decoder, states, length, tokens), (p, f) => Math.Abs(p - f)).Max();

        output.WriteLine($"{name}: largest difference {worst:G3}");
        Assert.InRange(worst, 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Step_AmongAnyNeighboursOnAnyThreadsAndShards_SameBits(string name)
    {
        (float[] states, int length, int[] tokens, _) = Reference(name);
        using KernelDecoder alone = NewDecoder(name, 1, 1);
        float[] reference = Run(alone, states, length, tokens);
        Random random = new(17);
        foreach ((int threads, int shards) in new[] { (1, 1), (2, 2), (3, 4) })
        {
            using KernelDecoder decoder = NewDecoder(name, threads, shards, Rows);
            for (int row = 0; row < Rows; row++)
            {
                int[] neighbours = [.. Enumerable.Range(0, Rows).Where(r => r != row && random.Next(2) == 0)];
                Assert.Equal(reference, Run(decoder, states, length, tokens, row, neighbours));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Step_PrefixAndTokensSeveralPositionsAtOnce_SameBitsAsOneByOne(string name)
    {
        (float[] states, int length, int[] tokens, _) = Reference(name);
        using KernelDecoder decoder = NewDecoder(name, 2, 1, 2);
        float[] last = Run(decoder, states, length, tokens)[^TinyVocabulary(decoder)..];
        foreach (int together in new[] { 2, 5, 15 })
        {
            decoder.Enter(1, states, length);
            for (int first = 1 - length; first < tokens.Length; first += together)
            {
                decoder.Step([.. Enumerable.Range(first, Math.Min(together, tokens.Length - first)).Select(p => Row(1, p, tokens))]);
            }
            Assert.Equal(last, decoder.Logits(1));
        }
    }

    [Fact]
    public void Step_Int8Weights_AgreesWithThePlainPathOfThoseWeights()
    {
        (float[] states, int length, int[] tokens, _) = Reference("janus");
        using PrefixNetworks fast = TinyPrefixModels.Networks("janus", format: WeightFormat.Int8), slow = TinyPrefixModels.Networks("janus", format: WeightFormat.Int8);
        using IStepDecoder kernels = fast.NewKernels(1, 1)!;
        using TensorDecoder plain = new(slow, RowCounts.For(1));

        float worst = Run(plain, states, length, tokens).Zip(Run(kernels, states, length, tokens), (p, f) => Math.Abs(p - f)).Max();

        output.WriteLine($"largest difference {worst:G3}");
        Assert.InRange(worst, 0, Tolerance);
    }

    static int TinyVocabulary(KernelDecoder decoder) => decoder.Logits(0).Length;

    // A prefix of six inputs, or one class, and the logits of the plain path at every position.
    static (float[] States, int Length, int[] Tokens, float[] Whole) Reference(string name)
    {
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using PrefixDecoder model = TinyPrefixModels.Decoder(name);
        LlamaArchitecture a = model.Trunk.Sizes;
        int length = Math.Min(6, a.MaxPrefix);
        float[] states = [.. Enumerable.Range(0, length * a.Width).Select(i => (float)Math.Sin(1.3 * i))];
        Random random = new(3);
        int[] tokens = [.. Enumerable.Range(0, a.ImageTokens).Select(_ => random.Next(a.CodebookSize))];
        torch.Tensor logits = model.Decode(torch.tensor(states, [1, length, a.Width]), torch.tensor(tokens.Select(t => (long)t).ToArray(), [1, tokens.Length]));
        return (states, length, tokens, logits.data<float>().ToArray());
    }

    static KernelDecoder NewDecoder(string name, int threads, int shards, int rows = 1)
    {
        using PrefixDecoder model = TinyPrefixModels.Decoder(name);
        return new(PrefixKernels.Take(model, rows, WeightFormat.Float32), rows, threads, shards);
    }

    static DecodeRow Row(int row, int position, int[] tokens) => new(row, position <= 0 ? -1 : tokens[position - 1], position);

    // Logits of a row at every image position; neighbours have prefixes and tokens of their own and are a few positions behind.
    static float[] Run(IStepDecoder decoder, float[] states, int length, int[] tokens, int row = 0, int[]? neighbours = null)
    {
        int width = states.Length / length, shorter = Math.Max(1, length - 2);
        float[] others = [.. states.Take(shorter * width).Select(value => 0.7f - value)];
        decoder.Enter(row, states, length);
        foreach (int other in neighbours ?? [])
        {
            decoder.Enter(other, others, shorter);
        }
        List<float> logits = [];
        for (int position = 1 - length; position < tokens.Length; position++)
        {
            IEnumerable<DecodeRow> rows = position >= 1 - shorter ? (neighbours ?? []).Select(other => Row(other, position, [.. tokens.Reverse()])) : [];
            decoder.Step([.. rows.Append(Row(row, position, tokens)).OrderBy(r => r.Row)]);
            if (position >= 0)
            {
                logits.AddRange(decoder.Logits(row));
            }
        }
        return [.. logits];
    }
}
