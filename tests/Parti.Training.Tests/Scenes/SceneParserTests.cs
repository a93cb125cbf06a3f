using Parti.Training.Scenes;

namespace Parti.Training.Tests.Scenes;

public sealed class SceneParserTests
{
    [Theory]
    [InlineData(SceneSplit.Train)]
    [InlineData(SceneSplit.Test)]
    [InlineData(SceneSplit.HeldOutPairs)]
    [InlineData(SceneSplit.HeldOutCounts)]
    [InlineData(SceneSplit.LongCaptions)]
    public void TryParse_GeneratedCaption_GivesItsSpec(SceneSplit split)
    {
        ulong seed = TestSeed.Next();
        SceneGenerator generator = new(seed, split);
        for (int i = 0; i < 5000; i++)
        {
            SceneSample sample = generator.At(i);
            bool parsed = SceneParser.TryParse(sample.Caption, out SceneSpec? spec, out string? error);
            Assert.True(parsed && spec == sample.Spec, $"seed {seed} index {i}: '{sample.Caption}' {error} {spec}");
        }
    }

    [Theory]
    [InlineData("  A Red   CIRCLE to the left of a blue square .\n")]
    [InlineData("a blue square, with a red circle to its left")]
    [InlineData("To the left of a blue square, there is a red circle.")]
    [InlineData("an red circle is left of one square that is blue")]
    public void TryParse_SameStatement_GivesTheSameSpec(string text)
    {
        Assert.True(SceneParser.TryParse(text, out SceneSpec? spec, out string? error), error);
        Assert.Equal(
            new SceneSpec(
                SceneCategory.Relation,
                new SpecObject(Shape.Circle, ObjectColor.Red),
                2,
                new SpecObject(Shape.Square, ObjectColor.Blue),
                Relation.LeftOf),
            spec);
    }

    [Theory]
    [InlineData("", "the prompt ends where an object such as 'a red circle' should follow")]
    [InlineData("a red hexagon", "word 3 is 'hexagon' where a shape (circle, ")]
    [InlineData("three green star", "word 3 is 'star' where a shape (circles, ")]
    [InlineData("five green stars", "word 1 is 'five' where an object such as 'a red circle' should be")]
    [InlineData("a red circle is", "the prompt ends where a relation such as")]
    [InlineData("a red circle with a blue square", "the prompt ends where a place such as 'to its left'")]
    [InlineData("a circle on a gray background", "word 3 is 'on' where 'that is' and a color should be")]
    [InlineData("a red circle and a dog", "word 4 is 'and' where the end of the prompt should be")]
    [InlineData("on a gray background there is a red circle on a beige background", "the background is stated twice")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "word 1 is 'aaaaaaaaaaaaaaaaaaaaaaaa...' where")]
    public void TryParse_OutsideTheGrammar_SaysWhere(string text, string expected)
    {
        Assert.False(SceneParser.TryParse(text, out SceneSpec? spec, out string? error));
        Assert.Null(spec);
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void TryParse_VeryLongText_IsRefusedUnread()
    {
        Assert.False(SceneParser.TryParse(new string('a', 1 << 20), out _, out string? error));
        Assert.Equal("the prompt has 1048576 characters; a scene prompt has at most 400", error);
    }

    [Fact]
    public void TryParse_DamagedCaptions_NeverThrow()
    {
        ulong seed = TestSeed.Next();
        Random random = new((int)(seed & int.MaxValue));
        SceneGenerator generator = new(seed, SceneSplit.Test);
        for (int i = 0; i < 5000; i++)
        {
            List<string> words = [.. generator.At(i).Caption.Split(' ')];
            words.RemoveAt(random.Next(words.Count));
            words.Insert(random.Next(words.Count + 1), generator.At(i + 1).Caption.Split(' ')[0]);
            bool parsed = SceneParser.TryParse(string.Join(' ', words), out SceneSpec? spec, out string? error);
            Assert.True(parsed == spec is not null && parsed == error is null, $"seed {seed} index {i}");
        }
    }
}
