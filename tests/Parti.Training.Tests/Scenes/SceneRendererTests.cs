using Parti.Training.Scenes;

namespace Parti.Training.Tests.Scenes;

public sealed class SceneRendererTests
{
    public static TheoryData<Shape, ObjectSize> Kinds
    {
        get
        {
            TheoryData<Shape, ObjectSize> kinds = [];
            foreach (Shape shape in Enum.GetValues<Shape>())
            {
                foreach (ObjectSize size in Enum.GetValues<ObjectSize>())
                {
                    kinds.Add(shape, size);
                }
            }

            return kinds;
        }
    }

    /// <summary>Every shape reaches all four edges of its box, has its colour in the middle, and leaves everything outside alone.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Render_OneObject_FillsItsBox(Shape shape, ObjectSize size)
    {
        SceneObject item = new(shape, ObjectColor.Black, size, 32, 24);
        byte[] rgb = SceneRenderer.Render(new Scene(Background.White, [item]), 64);
        int[] dark = [.. Enumerable.Range(0, 64 * 64).Where(at => rgb[at * 3] < 250)];

        Assert.Equal(32 - item.Radius, dark.Min(at => at % 64));
        Assert.Equal(31 + item.Radius, dark.Max(at => at % 64));
        Assert.Equal(24 - item.Radius, dark.Min(at => at / 64));
        Assert.Equal(23 + item.Radius, dark.Max(at => at / 64));
        Assert.Equal(20, rgb[((24 * 64) + 32) * 3]);
        Assert.All(dark, at => Assert.Equal(rgb[at * 3], rgb[((at / 64 * 64) + 63 - (at % 64)) * 3]));
    }

    [Fact]
    public void Render_TwoHundredFiftySixPixels_AveragesToSixtyFour()
    {
        ulong seed = TestSeed.Next();
        SceneGenerator generator = new(seed, SceneSplit.Test);
        for (int i = 0; i < 100; i++)
        {
            Scene scene = generator.At(i).Scene;
            byte[] small = SceneRenderer.Render(scene, 64);
            byte[] large = SceneRenderer.Render(scene, 256);
            for (int at = 0; at < small.Length; at++)
            {
                int difference = Math.Abs(small[at] - Average(large, at));
                Assert.True(difference <= 48, $"seed {seed} index {i} byte {at}: {difference}");
            }
        }
    }

    [Fact]
    public void Render_IntoABuffer_EqualsTheNewArrayAndLeavesTheRest()
    {
        Scene scene = new SceneGenerator(3, SceneSplit.Test).At(0).Scene;
        byte[] buffer = [.. Enumerable.Repeat((byte)7, (64 * 64 * 3) + 5)];

        SceneRenderer.Render(scene, 64, buffer);

        Assert.Equal(SceneRenderer.Render(scene, 64), buffer[..(64 * 64 * 3)]);
        Assert.All(buffer[(64 * 64 * 3)..], value => Assert.Equal(7, value));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-64)]
    [InlineData(100)]
    [InlineData(4104)]
    public void Render_OddSize_IsRefused(int size) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SceneRenderer.Render(new Scene(Background.White, []), size));

    [Fact]
    public void Render_ShortBuffer_IsRefused() =>
        Assert.Throws<ArgumentException>(() => SceneRenderer.Render(new Scene(Background.White, []), 64, new byte[100]));

    private static int Average(byte[] large, int at)
    {
        int channel = at % 3;
        int x = at / 3 % 64 * 4;
        int y = at / 3 / 64 * 4;
        int sum = 0;
        for (int i = 0; i < 16; i++)
        {
            sum += large[((((y + (i / 4)) * 256) + x + (i % 4)) * 3) + channel];
        }

        return sum / 16;
    }
}
