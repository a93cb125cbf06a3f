using System.Security.Cryptography;
using System.Text;
using Parti.Training.Scenes;

namespace Parti.Training.Tests.Scenes;

public sealed class SceneGeneratorTests
{
    public static TheoryData<SceneSplit> Splits => [.. Enum.GetValues<SceneSplit>()];

    [Theory]
    [MemberData(nameof(Splits))]
    public void At_AnyOrderAndThread_GivesTheSameSample(SceneSplit split)
    {
        ulong seed = TestSeed.Next();
        string[] forward = [.. Enumerable.Range(0, 500).Select(i => Text(new SceneGenerator(seed, split).At(i)))];
        SceneGenerator shared = new(seed, split);
        string[] scattered = new string[forward.Length];
        Parallel.For(0, forward.Length, i => scattered[forward.Length - 1 - i] = Text(shared.At(forward.Length - 1 - i)));

        Assert.True(forward.SequenceEqual(scattered), $"seed {seed}");
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public void At_DrawnCategory_EqualsTheSampleOfThatCategory(SceneSplit split)
    {
        ulong seed = TestSeed.Next();
        SceneGenerator generator = new(seed, split);
        for (int i = 0; i < 200; i++)
        {
            SceneSample sample = generator.At(i);
            Assert.True(Text(sample) == Text(generator.At(i, sample.Spec.Category)), $"seed {seed} index {i}");
        }
    }

    [Fact]
    public void At_AnotherSeedSplitOrIndex_GivesAnotherStream()
    {
        ulong seed = TestSeed.Next();
        string[] Stream(ulong s, SceneSplit split, long from) =>
            [.. Enumerable.Range(0, 200).Select(i => Text(new SceneGenerator(s, split).At(from + i)))];

        string[] stream = Stream(seed, SceneSplit.Train, 0);
        foreach (string[] other in new[]
        {
            Stream(seed + 1, SceneSplit.Train, 0), Stream(seed, SceneSplit.Test, 0), Stream(seed, SceneSplit.Train, 1L << 40),
            Stream(seed, SceneSplit.Train, -1_000_000),
        })
        {
            int same = stream.Zip(other).Count(pair => pair.First == pair.Second);
            Assert.True(same <= 2, $"seed {seed}: {same} of 200 samples are the same");
        }
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public void At_AnySample_FitsTheGridAndSatisfiesItsSpec(SceneSplit split)
    {
        ulong seed = TestSeed.Next();
        SceneGenerator generator = new(seed, split);
        for (int i = 0; i < 4000; i++)
        {
            SceneSample sample = generator.At(i);
            string? broken = SceneInvariants.Broken(sample);
            Assert.True(broken is null, $"seed {seed} index {i}: {broken}: {sample.Caption}");
        }
    }

    [Fact]
    public void At_TrainAndTest_MixCategoriesAndKeepHeldOutCombinationsAway()
    {
        ulong seed = TestSeed.Next();
        foreach (SceneSplit split in new[] { SceneSplit.Train, SceneSplit.Test })
        {
            SceneGenerator generator = new(seed, split);
            SceneSample[] samples = [.. Enumerable.Range(0, 10_000).Select(i => generator.At(i))];
            Assert.DoesNotContain(samples, HasHeldOutPair);
            Assert.DoesNotContain(samples, HasHeldOutCount);
            Assert.InRange(samples.Count(s => s.Spec.Category == SceneCategory.Single), 2250, 2750);
            Assert.InRange(samples.Count(s => s.Spec.Category == SceneCategory.Counts), 2250, 2750);
            Assert.Equal(44, samples.Select(s => (s.Spec.First.Color, s.Spec.First.Shape)).Distinct().Count());
            Assert.InRange(samples.Count(s => s.Scene.Background == Background.Beige), 2250, 2750);
        }
    }

    [Fact]
    public void At_HeldOutSplits_AlwaysShowAHeldOutCombination()
    {
        ulong seed = TestSeed.Next();
        SceneGenerator pairs = new(seed, SceneSplit.HeldOutPairs);
        SceneGenerator counts = new(seed, SceneSplit.HeldOutCounts);
        for (int i = 0; i < 2000; i++)
        {
            Assert.True(HasHeldOutPair(pairs.At(i)), $"seed {seed} index {i}");
            Assert.True(HasHeldOutCount(counts.At(i)), $"seed {seed} index {i}");
        }

        Assert.Equal(
            HeldOut.Pairs.Order(),
            Enumerable.Range(0, 500).Select(i => pairs.At(i, SceneCategory.Single).Spec.First)
                .Select(item => (item.Color, item.Shape)).Distinct().Order());
    }

    [Fact]
    public void At_CategoryTheSplitLacks_IsRefused()
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(
            () => new SceneGenerator(1, SceneSplit.HeldOutCounts).At(0, SceneCategory.Single));
        Assert.Contains("HeldOutCounts has only Counts", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A change of any sample or pixel must come with a new version: stored scores name it.</summary>
    [Fact]
    public void At_FirstHundredSamples_AreThoseOfVersionOne()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (SceneSplit split in Enum.GetValues<SceneSplit>())
        {
            SceneGenerator generator = new(20260, split);
            for (int i = 0; i < 100; i++)
            {
                SceneSample sample = generator.At(i);
                hash.AppendData(Encoding.UTF8.GetBytes(Text(sample)));
                hash.AppendData(SceneRenderer.Render(sample.Scene, 64));
            }
        }

        Assert.Equal(1, SceneGenerator.Version);
        Assert.Equal("565bdd3ab00b00806df2b48abe7ba11bdc70a8bfde6c509efe2ecef2cf80f237", Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static bool HasHeldOutPair(SceneSample sample) => sample.Scene.Objects.Any(item => HeldOut.IsPair(item.Color, item.Shape));

    private static bool HasHeldOutCount(SceneSample sample) =>
        sample.Spec.Category == SceneCategory.Counts && HeldOut.IsCount(sample.Spec.Count, sample.Spec.First.Shape);

    private static string Text(SceneSample sample) =>
        $"{sample.Caption}|{sample.Scene.Background}|"
        + string.Join(";", sample.Scene.Objects.Select(o => $"{o.Shape} {o.Color} {o.Size} {o.CenterX} {o.CenterY}"));
}
