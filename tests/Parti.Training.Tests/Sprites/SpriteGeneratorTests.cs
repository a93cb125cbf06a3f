using System.Security.Cryptography;
using Parti.Training.Data;
using Parti.Training.Scenes;
using Parti.Training.Sprites;
using Parti.Training.Tests.Data;
using Parti.Training.Tests.Scenes;

namespace Parti.Training.Tests.Sprites;

public sealed class SpriteGeneratorTests : IDisposable
{
    readonly DataFolder _folder = new();
    readonly SpriteSet _set;

    public SpriteGeneratorTests() => _set = SpriteFolder.Open(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void At_AnyPlace_IsTheSameFromEveryInstance()
    {
        ulong seed = TestSeed.Next();
        IExamples one = ExampleSources.Open(_folder.At("sprites"), new() { Seed = seed }), other = ExampleSources.Open(_folder.At("sprites"), new() { Seed = seed });

        Assert.Equal(one.Identity, other.Identity);
        Assert.Null(one.Distinct);
        Assert.All(Enumerable.Range(0, 50).Reverse(), i =>
        {
            Assert.Equal(one.At(i, 64).Pixels, other.At(i, 64).Pixels);
            Assert.Equal(one.At(i, 64).Caption, one.CaptionAt(i));
            Assert.Equal(one.PairAt(i, 64, 2).Large.Pixels, other.At(i, 128).Pixels);
        });
    }

    // Integers, and sums of floats in one order: another processor or system draws the same bytes.
    [Fact]
    public void At_FirstScenes_AreTheBytesOfThisVersion()
    {
        IExamples scenes = ExampleSources.Open(_folder.At("sprites"), new() { Seed = 7 });
        byte[] all = [.. Enumerable.Range(0, 20).SelectMany(i => scenes.At(i, 64).Pixels)];

        Assert.Equal("791f16203261f48b", Convert.ToHexStringLower(SHA256.HashData(all))[..16]);
    }

    [Fact]
    public void At_TrainAndTest_NeverShowASpriteWhereItIsHeldOut()
    {
        ulong seed = TestSeed.Next();

        Assert.All(new[] { SceneSplit.Train, SceneSplit.Test }.SelectMany(split => Placed(split, seed)), pair => Assert.False(HeldOut(pair)));
        Assert.All(Placed(SceneSplit.HeldOutPairs, seed), pair => Assert.True(HeldOut(pair)));
    }

    [Fact]
    public void IsHeldOut_AllSprites_IsATenthOfThem()
    {
        int count = Enumerable.Range(0, 1000).Sum(sprite => Enum.GetValues<Relation>().Count(relation => SpriteGenerator.IsHeldOut(sprite, relation)));

        Assert.InRange(count, 340, 460);
    }

    [Fact]
    public void At_Scenes_ShowWhatTheirCaptionsState()
    {
        SpriteGenerator scenes = new(_set, TestSeed.Next(), SceneSplit.Train);
        foreach (SpriteSample sample in Enumerable.Range(0, 500).Select(i => scenes.At(i)))
        {
            Assert.Equal(sample.Spec.Count, sample.Scene.Sprites.Count);
            Assert.Contains(sample.Spec.Count == 1 || sample.Spec.Second is not null ? _set.Sprites[sample.Spec.First].Name : _set.Sprites[sample.Spec.First].Plural, sample.Caption, StringComparison.Ordinal);
            Assert.Equal(sample.Spec.Size == SpriteSize.Large, sample.Caption.Contains("large ", StringComparison.Ordinal));
            Assert.Equal(sample.Spec.Background is not null, sample.Caption.Contains(" background", StringComparison.Ordinal));
            Assert.All(sample.Scene.Sprites, sprite => Assert.True(sprite.X >= 0 && sprite.Y >= 0 && sprite.X + (int)sprite.Size <= 8 && sprite.Y + (int)sprite.Size <= 8));
        }
    }

    [Fact]
    public void At_Captions_HaveTheirArticles()
    {
        SpriteGenerator scenes = new(_set, 1, SceneSplit.Train);
        string all = string.Join('\n', Enumerable.Range(0, 2000).Select(i => scenes.At(i).Caption));

        Assert.All(["an apple", "an orange", "a unicorn", "an hourglass", "a ladder", "a large apple", "three apples"], words => Assert.Contains(words, all, StringComparison.Ordinal));
        Assert.All(["a apple", "an unicorn", "a hourglass", "an ladder"], words => Assert.DoesNotContain(words, all, StringComparison.Ordinal));
    }

    [Fact]
    public void Constructor_SplitWithoutSprites_NamesThoseThereAre() => Assert.Contains(
        "HeldOutPairs", Assert.Throws<ArgumentOutOfRangeException>(() => new SpriteGenerator(_set, 1, SceneSplit.LongCaptions)).Message, StringComparison.Ordinal);

    IEnumerable<SpriteSpec> Placed(SceneSplit split, ulong seed)
    {
        SpriteGenerator scenes = new(_set, seed, split);
        return Enumerable.Range(0, 1000).Select(i => scenes.At(i, SceneCategory.Relation).Spec);
    }

    static bool HeldOut(SpriteSpec spec)
    {
        Relation inverse = (Relation)((int)spec.Relation!.Value ^ 1);
        return SpriteGenerator.IsHeldOut(spec.First, spec.Relation.Value) || SpriteGenerator.IsHeldOut(spec.Second!.Value, inverse);
    }
}
