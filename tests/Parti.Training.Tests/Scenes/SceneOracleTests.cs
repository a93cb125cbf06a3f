using Parti.Training.Scenes;

namespace Parti.Training.Tests.Scenes;

public sealed class SceneOracleTests
{
    [Theory]
    [InlineData(64, SceneSplit.Test)]
    [InlineData(64, SceneSplit.HeldOutPairs)]
    [InlineData(64, SceneSplit.HeldOutCounts)]
    [InlineData(256, SceneSplit.Test)]
    public void Judge_DrawnPicture_AgreesWithItsCaption(int size, SceneSplit split) =>
        AssertShare(size, split, samples: 2000, atLeast: 0.999, (rgb, sample, _) => SceneOracle.Judge(rgb, size, size, sample.Spec).AllCorrect);

    [Theory]
    [InlineData(64)]
    [InlineData(256)]
    public void Judge_NextCaption_DoesNotAgree(int size) =>
        AssertShare(size, SceneSplit.Test, samples: 2000, atLeast: 0.98, (rgb, _, next) =>
            !SceneOracle.Judge(rgb, size, size, next.Spec).AllCorrect);

    [Theory]
    [InlineData(64, 2000)]
    [InlineData(256, 300)]
    public void Judge_BlurredAndNoisyPicture_StillAgrees(int size, int samples)
    {
        Random random = new(11);
        AssertShare(size, SceneSplit.Test, samples, atLeast: 0.97, (rgb, sample, _) =>
            SceneOracle.Judge(Blurred(rgb, size, random), size, size, sample.Spec).AllCorrect);
    }

    /// <summary>One factor of the picture is made wrong; exactly that factor must fail.</summary>
    [Theory]
    [InlineData("Colors")]
    [InlineData("Shapes")]
    [InlineData("Count")]
    [InlineData("Background")]
    [InlineData("Sizes")]
    [InlineData("Relation")]
    public void Judge_OneFactorWrong_FailsThatFactorAlone(string factor)
    {
        ulong seed = TestSeed.Next();
        SceneGenerator generator = new(seed, SceneSplit.Test);
        int judged = 0;
        for (int i = 0; judged < 200; i++)
        {
            SceneSample sample = generator.At(i);
            if (SceneDamage.Of(sample, factor) is { } scene)
            {
                OracleVerdict verdict = SceneOracle.Judge(SceneRenderer.Render(scene, 64), 64, 64, sample.Spec);
                Assert.True(string.Join(",", Wrong(verdict)) == factor, $"seed {seed} index {i}: {sample.Caption}: {verdict}");
                judged++;
            }
        }
    }

    /// <summary>The colours and the shapes of a picture are those of the caption, on the wrong objects.</summary>
    [Fact]
    public void Judge_ColorsSwappedBetweenObjects_IsWrong()
    {
        ulong seed = TestSeed.Next();
        SceneGenerator generator = new(seed, SceneSplit.Test);
        for (int i = 0; i < 300; i++)
        {
            SceneSample sample = generator.At(i, SceneCategory.Relation);
            SceneObject one = sample.Scene.Objects[0];
            SceneObject other = sample.Scene.Objects[1];
            Scene swapped = sample.Scene with { Objects = [one with { Color = other.Color }, other with { Color = one.Color }] };
            OracleVerdict verdict = SceneOracle.Judge(SceneRenderer.Render(swapped, 64), 64, 64, sample.Spec);
            Assert.True(verdict.Count && !verdict.AllCorrect, $"seed {seed} index {i}: {sample.Caption}");
        }
    }

    [Theory]
    [InlineData(SceneCategory.Single)]
    [InlineData(SceneCategory.Counts)]
    [InlineData(SceneCategory.Relation)]
    public void Judge_EmptyOrRandomPicture_IsWrong(SceneCategory category)
    {
        SceneSpec spec = new SceneGenerator(8, SceneSplit.Test).At(0, category).Spec;
        OracleVerdict empty = SceneOracle.Judge(SceneRenderer.Render(new Scene(Background.White, []), 64), 64, 64, spec);
        Assert.Empty(empty.Seen);
        Assert.False(empty.Count || empty.Colors || empty.Shapes || empty.Relation);

        byte[] noise = new byte[64 * 64 * 3];
        new Random(5).NextBytes(noise);
        Assert.False(SceneOracle.Judge(noise, 64, 64, spec).AllCorrect);
    }

    [Fact]
    public void Look_DrawnPicture_FindsEveryObjectWhereItIs()
    {
        ulong seed = TestSeed.Next();
        SceneGenerator generator = new(seed, SceneSplit.Test);
        for (int i = 0; i < 500; i++)
        {
            Scene scene = generator.At(i).Scene;
            (Background background, IReadOnlyList<SeenObject> seen) = SceneOracle.Look(SceneRenderer.Render(scene, 64), 64, 64);
            Assert.True(background == scene.Background && seen.Count == scene.Objects.Count, $"seed {seed} index {i}");
            Assert.All(scene.Objects, item => Assert.Contains(seen, found =>
                (found.Shape, found.Color, found.Size) == (item.Shape, item.Color, item.Size)
                && Math.Max(Math.Abs(found.CenterX - item.CenterX), Math.Abs(found.CenterY - item.CenterY)) <= 1));
        }
    }

    [Fact]
    public void Judge_WrongNumberOfBytes_IsRefused()
    {
        SceneSpec spec = new SceneGenerator(8, SceneSplit.Test).At(0).Spec;
        Assert.Throws<ArgumentException>(() => SceneOracle.Judge(new byte[12], 64, 64, spec));
        Assert.Throws<ArgumentException>(() => SceneOracle.Judge([], 0, 0, spec));
    }

    private static void AssertShare(
        int size, SceneSplit split, int samples, double atLeast, Func<byte[], SceneSample, SceneSample, bool> judge)
    {
        ulong seed = TestSeed.Next();
        SceneGenerator generator = new(seed, split);
        int right = Enumerable.Range(0, samples)
            .Count(i => judge(SceneRenderer.Render(generator.At(i).Scene, size), generator.At(i), generator.At(i + 1)));
        TestContext.Current.TestOutputHelper?.WriteLine($"{right} of {samples}");
        Assert.True(right >= atLeast * samples, $"seed {seed}: {right} of {samples}");
    }

    private static IEnumerable<string> Wrong(OracleVerdict verdict) =>
        new[]
        {
            ("Count", verdict.Count), ("Colors", verdict.Colors), ("Shapes", verdict.Shapes), ("Relation", verdict.Relation),
            ("Sizes", verdict.Sizes), ("Background", verdict.Background),
        }.Where(factor => !factor.Item2).Select(factor => factor.Item1);

    /// <summary>Noise of up to 12 per channel, then a mean over 3 x 3 px.</summary>
    private static byte[] Blurred(byte[] rgb, int size, Random random)
    {
        int[] noisy = [.. rgb.Select(value => Math.Clamp(value + random.Next(-12, 13), 0, 255))];
        byte[] blurred = new byte[rgb.Length];
        for (int at = 0; at < rgb.Length; at++)
        {
            int channel = at % 3;
            int x = at / 3 % size;
            int y = at / 3 / size;
            int sum = 0;
            for (int i = 0; i < 9; i++)
            {
                int nx = Math.Clamp(x + (i % 3) - 1, 0, size - 1);
                int ny = Math.Clamp(y + (i / 3) - 1, 0, size - 1);
                sum += noisy[(((ny * size) + nx) * 3) + channel];
            }

            blurred[at] = (byte)(sum / 9);
        }

        return blurred;
    }
}
