using Parti.Training.Scenes;

namespace Parti.Training.Tests.Scenes;

public sealed class SceneCaptionTests
{
    private static readonly SceneSpec RedCircleLeftOfBlueSquare = new(
        SceneCategory.Relation,
        new SpecObject(Shape.Circle, ObjectColor.Red),
        2,
        new SpecObject(Shape.Square, ObjectColor.Blue),
        Relation.LeftOf);

    [Fact]
    public void Write_Relation_GivesEveryParaphrase()
    {
        HashSet<string> captions = Paraphrases(RedCircleLeftOfBlueSquare);

        Assert.Contains("a red circle to the left of a blue square", captions);
        Assert.Contains("a red circle on the left of a blue square", captions);
        Assert.Contains("a picture of a red circle left of a blue square", captions);
        Assert.Contains("a red circle is to the left of a blue square", captions);
        Assert.Contains("a blue square with a red circle to its left", captions);
        Assert.Contains("to the left of a blue square there is a red circle", captions);
    }

    [Fact]
    public void Write_Counts_GivesEveryParaphrase()
    {
        HashSet<string> captions = Paraphrases(new SceneSpec(SceneCategory.Counts, new SpecObject(Shape.Cross, ObjectColor.Green), 3));

        Assert.Contains("three green crosses", captions);
        Assert.Contains("3 green crosses", captions);
        Assert.Contains("there are three green crosses", captions);
        Assert.Contains("three crosses that are green", captions);
        Assert.Contains("a group of three green crosses", captions);
    }

    [Fact]
    public void Write_SingleOnBackground_GivesEveryParaphrase()
    {
        HashSet<string> captions = Paraphrases(new SceneSpec(
            SceneCategory.Single, new SpecObject(Shape.Heart, ObjectColor.Orange), 1, Background: Background.LightBlue));

        Assert.Contains("an orange heart on a light blue background", captions);
        Assert.Contains("a heart that is orange against a light blue background", captions);
        Assert.Contains("one orange heart with a light blue background", captions);
        Assert.Contains("on a light blue background there is an orange heart", captions);
    }

    [Fact]
    public void At_LongCaptions_AreLongerThanTrainingAndUseItsWords()
    {
        ulong seed = TestSeed.Next();
        SceneGenerator train = new(seed, SceneSplit.Train);
        SceneGenerator longer = new(seed, SceneSplit.LongCaptions);
        string[][] trained = [.. Enumerable.Range(0, 30_000).Select(i => Words(train.At(i).Caption))];
        HashSet<string> vocabulary = [.. trained.SelectMany(words => words)];

        Assert.Equal(SceneCaptions.MaxWords, trained.Max(words => words.Length));
        for (int i = 0; i < 2000; i++)
        {
            string[] words = Words(longer.At(i).Caption);
            Assert.True(words.Length > SceneCaptions.MaxWords, $"seed {seed} index {i}");
            Assert.True(words.All(vocabulary.Contains), $"seed {seed} index {i}: {longer.At(i).Caption}");
        }
    }

    [Theory]
    [InlineData(SceneSplit.Train)]
    [InlineData(SceneSplit.HeldOutPairs)]
    public void At_AnyCaption_IsLowerCaseWithRightArticles(SceneSplit split)
    {
        ulong seed = TestSeed.Next();
        SceneGenerator generator = new(seed, split);
        for (int i = 0; i < 5000; i++)
        {
            string[] words = Words(generator.At(i).Caption);
            bool right = words.Zip(words.Skip(1)).All(pair => pair.First is not ("a" or "an")
                || (pair.First == "an") == (pair.Second is "orange" or "image"));
            Assert.True(right && !generator.At(i).Caption.Any(char.IsUpper), $"seed {seed}: {generator.At(i).Caption}");
        }
    }

    private static string[] Words(string caption) => caption.TrimEnd('.').Split(' ');

    private static HashSet<string> Paraphrases(SceneSpec spec) =>
        [.. Enumerable.Range(0, 5000).Select(key => SceneCaptions.Write(spec, (ulong)key))];
}
