using System.Security.Cryptography;
using Parti.Training.Data;
using Parti.Training.Scenes;

namespace Parti.Training.Tests.Data;

public sealed class FormExamplesTests
{
    static readonly SceneExamples Scenes = new(new SceneGenerator(3, SceneSplit.Train));

    [Fact]
    public void At_AnyPlace_IsTheSameFromEveryInstance()
    {
        FormExamples one = new(Scenes, 0.5, 7), other = new(Scenes, 0.5, 7);

        Assert.All(Enumerable.Range(0, 40).Reverse(), i =>
        {
            Assert.Equal(one.At(i, 64).Pixels, other.At(i, 64).Pixels);
            Assert.Equal(one.At(i, 64).Caption, one.CaptionAt(i));
        });
    }

    // Integers alone: another processor or system draws the same bytes.
    [Fact]
    public void At_FirstForms_AreTheBytesOfThisVersion()
    {
        FormExamples forms = new(Scenes, 1, 7);
        byte[] all = [.. Enumerable.Range(0, 20).SelectMany(i => forms.At(i, 64).Pixels)];

        Assert.Equal("2a233fd6871938eb", Convert.ToHexStringLower(SHA256.HashData(all))[..16]);
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(1)]
    public void At_Share_IsThatOfTheForms(double share)
    {
        FormExamples mixed = new(Scenes, share, 1);

        int forms = Enumerable.Range(0, 4000).Count(i => mixed.CaptionAt(i) == "a form");

        Assert.InRange(forms, 4000 * share * 0.9, 4000 * share * 1.1);
        Assert.All(Enumerable.Range(0, 50).Where(i => mixed.CaptionAt(i) != "a form"), i => Assert.Equal(Scenes.At(i, 64).Pixels, mixed.At(i, 64).Pixels));
    }

    [Fact]
    public void PairAt_Form_IsTheSameAtBothSizes()
    {
        (Example small, Example large) = new FormExamples(Scenes, 1, 9).PairAt(4, 64, 2);

        int far = 0;
        for (int i = 0; i < small.Pixels.Length; i++)
        {
            int channel = i % 3, x = i / 3 % 64, y = i / 192;
            int sum = 0;
            foreach ((int dx, int dy) in new[] { (0, 0), (1, 0), (0, 1), (1, 1) })
            {
                sum += large.Pixels[(((((2 * y) + dy) * 128) + (2 * x) + dx) * 3) + channel];
            }
            far += Math.Abs((sum / 4) - small.Pixels[i]) > 24 ? 1 : 0;
        }
        Assert.InRange(far, 0, small.Pixels.Length / 200);
    }

    [Fact]
    public void At_ManyForms_ShowEveryColourOnEveryBackground()
    {
        FormExamples forms = new(Scenes, 1, 2);
        HashSet<(Background, ObjectColor)> seen = [];
        for (int i = 0; i < 400; i++)
        {
            (Background background, IReadOnlyList<SeenObject> objects) = SceneOracle.Look(forms.At(i, 64).Pixels, 64, 64);
            seen.UnionWith(objects.Select(o => (background, o.Color)));
        }

        Assert.Equal(SceneVocabulary.Backgrounds.Length * SceneVocabulary.Colors.Length, seen.Count);
    }

    // Discs are circles and three corners a triangle, whatever they are called.
    [Fact]
    public void At_ManyForms_ShowNoHeldOutPair()
    {
        FormExamples forms = new(Scenes, 1, 4);
        SeenObject[] seen = [.. Enumerable.Range(0, 600).SelectMany(i => SceneOracle.Look(forms.At(i, 64).Pixels, 64, 64).Objects)];

        Assert.Contains(seen, o => o is { Shape: Shape.Circle, Color: ObjectColor.Red, Match: > 0.97 });
        Assert.DoesNotContain(seen, o => o is { Shape: Shape.Circle, Color: ObjectColor.Green, Match: > 0.97 });
    }

    [Fact]
    public void Identity_OtherShare_IsOther() => Assert.Equal(3, new[] { Scenes.Identity, new FormExamples(Scenes, 0.5, 1).Identity, new FormExamples(Scenes, 0.6, 1).Identity }.Distinct().Count());
}
