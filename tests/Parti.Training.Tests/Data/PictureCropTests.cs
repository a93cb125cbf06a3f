using Parti.Training.Data;
using Parti.Training.Scenes;
using Parti.Training.Tests.Scenes;

namespace Parti.Training.Tests.Data;

public sealed class PictureCropTests
{
    [Fact]
    public void Plan_AnySizes_StayWithinTheListings()
    {
        Random sizes = new((int)(TestSeed.Next() & int.MaxValue));
        for (int i = 0; i < 20_000; i++)
        {
            int width = sizes.Next(1, 700), height = sizes.Next(1, 700), size = sizes.Next(1, 300), edge = Math.Min(width, height);
            CropRule rule = (CropRule)(i % 3);
            SceneRandom random = new((ulong)sizes.NextInt64());
            PictureCrop crop = PictureCrop.Plan(rule, width, height, size, ref random);
            string seen = $"{rule} of {width} x {height} to {size}: {crop}";

            Assert.True(crop.Edge == edge && crop.Left >= 0 && crop.Top >= 0 && crop.Left + edge <= width && crop.Top + edge <= height, seen);
            Assert.True(crop.X >= 0 && crop.Y >= 0 && crop.X + size <= crop.Scaled && crop.Y + size <= crop.Scaled, seen);
            AssertScaled(rule, edge, size, crop, seen);
            if (rule == CropRule.Transformer)
            {
                AssertNearMiddle(width - edge, crop.Left, seen);
                AssertNearMiddle(height - edge, crop.Top, seen);
            }
        }
    }

    [Theory]
    [InlineData(CropRule.Tokenizer, 288, 384)]
    [InlineData(CropRule.Transformer, 256, 288)]
    public void Plan_LargePicture_ReachesBothEndsOfTheRange(CropRule rule, int least, int most)
    {
        PictureCrop[] crops = Crops(rule, 1000, 800, 256, 4000);

        Assert.Equal((least, most), (crops.Min(c => c.Scaled), crops.Max(c => c.Scaled)));
        Assert.Equal(rule == CropRule.Tokenizer ? (0, 200) : (75, 124), (crops.Min(c => c.Left), crops.Max(c => c.Left)));
        Assert.All(crops, crop => Assert.Equal(0, crop.Top));
        Assert.Equal((0, true), (crops.Min(c => c.X), crops.Max(c => c.Y) > 0));
    }

    [Fact]
    public void Plan_Flip_IsTheTokenizersAlone()
    {
        Assert.InRange(Crops(CropRule.Tokenizer, 300, 300, 64, 4000).Count(crop => crop.Flip), 1800, 2200);
        Assert.DoesNotContain(Crops(CropRule.Transformer, 300, 300, 64, 4000), crop => crop.Flip);
    }

    [Fact]
    public void Plan_FixedKey_IsPinned()
    {
        SceneRandom random = new(7), other = new(7);
        Assert.Equal(PinnedTokenizer, PictureCrop.Plan(CropRule.Tokenizer, 640, 480, 256, ref random));
        Assert.Equal(PinnedTransformer, PictureCrop.Plan(CropRule.Transformer, 640, 480, 256, ref other));
    }

    private static readonly PictureCrop PinnedTokenizer = new(62, 0, 480, 375, 69, 54, true);

    private static readonly PictureCrop PinnedTransformer = new(75, 0, 480, 285, 17, 13, false);

    private static PictureCrop[] Crops(CropRule rule, int width, int height, int size, int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        SceneRandom random = new(SceneRandom.Key((ulong)i));
        return PictureCrop.Plan(rule, width, height, size, ref random);
    })];

    private static void AssertScaled(CropRule rule, int edge, int size, PictureCrop crop, string seen)
    {
        double ninth = (9 * size / 8.0) + 0.5, twelfth = (12 * size / 8.0) + 0.5;
        double most = rule switch { CropRule.Middle => size, CropRule.Tokenizer => twelfth, _ => ninth };
        Assert.True(crop.Scaled >= size && crop.Scaled <= Math.Max(size, Math.Min(edge, most)), seen);
        if (rule == CropRule.Tokenizer)
        {
            Assert.True(crop.Scaled >= Math.Min(edge, ninth - 1), seen);
        }
    }

    private static void AssertNearMiddle(int slack, int offset, string seen) =>
        Assert.True(offset >= 3 * slack / 8 && offset < Math.Max((3 * slack / 8) + 1, 5 * slack / 8), seen);
}
