using System.Text.Json;
using Parti.Models.Families.LlamaGen;
using Parti.Models.Families.T5;
using Parti.Models.Text;
using TorchSharp;

namespace Parti.Models.Tests.Families;

public sealed class CaptionTests
{
    public static TheoryData<string> Numbers => ["-1", "1000", "1e2", "a dog", "12 34", "９"];

    [Fact]
    public void Clean_CaptionsOfTheReference_GivesItsText()
    {
        foreach (JsonElement prompt in Prompts().Where(prompt => prompt.GetProperty("cleaned_is_exact").GetBoolean()))
        {
            Assert.Equal(prompt.GetProperty("cleaned").GetString(), CaptionCleaner.Clean(prompt.GetProperty("text").GetString()!));
        }
    }

    [Theory]
    [InlineData("100%25 wool%21+sale", "100% wool! sale")]
    [InlineData("<b>bold</b> text <!-- note -->here a<b", "bold text here a<b")]
    [InlineData("see www:/x and 1.2.3.4, page 12", "see x and")]
    [InlineData("ﬁne ＡＢＣ", "fine abc")]
    [InlineData("free shipping worldwide free shipping", "")]
    [InlineData("'a dog'", "a dog")]
    [InlineData("it costs 640x480 at 12:30 ", "it costs at 12:30")]
    public void Clean_OtherCaptions_FollowTheRules(string caption, string cleaned) => Assert.Equal(cleaned, CaptionCleaner.Clean(caption));

    [Fact]
    public void Clean_LongestCaptionOfOneKind_EndsSoon()
    {
        foreach (string piece in new[] { "a", "1a", "<", "-", "a.", "'", " .", "&amp;", "x1" })
        {
            Assert.InRange(CaptionCleaner.Clean(string.Concat(Enumerable.Repeat(piece, 20_000 / piece.Length))).Length, 0, 8192);
        }
    }

    [Fact]
    public void Encode_TextsOfTheReference_GivesItsIds()
    {
        TextTokenizer pieces = TextTokenizer.Load(Path.Combine(FixtureFolder.Of("t5-encoder/tiny"), "spiece.model"), lowerCase: false);
        CaptionTokenizer captions = new(pieces);
        foreach (JsonElement prompt in Prompts())
        {
            string text = prompt.GetProperty("text").GetString()!;
            Assert.Equal([.. Ids(prompt, "ids_of_text"), pieces.EosId], pieces.Encode(text, 1000).Ids);
            if (prompt.GetProperty("cleaned_is_exact").GetBoolean())
            {
                Assert.Equal([.. Ids(prompt, "ids_of_cleaned"), pieces.EosId], captions.Encode(text, 1000).Ids);
            }
        }
    }

    [Fact]
    public void Bucket_EveryDistance_IsThatOfSinglePrecision()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        for (int distance = 8; distance < 300; distance++)
        {
            float share = (torch.tensor(distance, torch.float32) / 8f).log().item<float>() / (float)Math.Log(16);
            Assert.Equal(Math.Min(15, 8 + (int)(share * 8)), T5Distances.Bucket(-distance, 32, 128));
            Assert.Equal(16 + Math.Min(15, 8 + (int)(share * 8)), T5Distances.Bucket(distance, 32, 128));
        }
        Assert.Equal([3, 0, 17], new[] { -3, 0, 1 }.Select(distance => T5Distances.Bucket(distance, 32, 128)));
    }

    [Fact]
    public void Encode_ClassNumberOrName_GivesTheClass()
    {
        ClassNumbers classes = new(1000, ["tench", "goldfish", "great white shark"]);

        Assert.Equal([207], classes.Encode(" 207 ", 1).Ids);
        Assert.Equal([2], classes.Encode("Great White Shark", 1).Ids);
        Assert.Equal([1000], classes.Encode("", 1).Ids);
        Assert.Equal(1001, classes.VocabularySize);
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Encode_PromptThatIsNoClass_SaysWhatIs(string prompt)
    {
        string message = Assert.Throws<PromptException>(() => new ClassNumbers(1000, []).Encode(prompt, 1)).Message;

        Assert.Contains($"\"{prompt}\"", message, StringComparison.Ordinal);
        Assert.Contains("0 to 999", message, StringComparison.Ordinal);
    }

    static IEnumerable<int> Ids(JsonElement prompt, string key) => prompt.GetProperty(key).EnumerateArray().Select(id => id.GetInt32());

    static List<JsonElement> Prompts()
    {
        using JsonDocument prompts = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(FixtureFolder.Of("t5-encoder/tiny"), "prompts.json")));
        return [.. prompts.RootElement.EnumerateArray().Select(prompt => prompt.Clone())];
    }
}
