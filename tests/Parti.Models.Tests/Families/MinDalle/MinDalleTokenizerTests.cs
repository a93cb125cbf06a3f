using System.Text.Json;
using Parti.Models.Families.MinDalle;
using Parti.Models.Text;

namespace Parti.Models.Tests.Families.MinDalle;

public sealed class MinDalleTokenizerTests
{
    private static readonly string Folder = FixtureFolder.Of("min-dalle/mini-like");

    private readonly MinDalleTokenizer _tokenizer = MinDalleTokenizer.Load(Path.Combine(Folder, "vocab.json"), Path.Combine(Folder, "merges.txt"));

    [Fact]
    public void Encode_PromptsOfTheOriginal_GivesItsIds()
    {
        using JsonDocument prompts = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "prompts.json")));
        foreach (JsonElement prompt in prompts.RootElement.EnumerateArray())
        {
            int[] expected = [.. prompt.GetProperty("tokens").EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal(expected, _tokenizer.Encode(prompt.GetProperty("text").GetString()!, 10_000).Ids);
        }
    }

    [Theory]
    [InlineData("A \u212Aing \u0130n Paris", "a king in paris")]
    [InlineData("caf\u00E9 \u65E5\u672C", "caf")]
    [InlineData("a  b", "a b")]
    [InlineData("go \U0001F680!", "go rocket!")]
    [InlineData("\u2764\uFE0F \u2764", "red_heart red_heart")]
    [InlineData("\U0001F468\u200D\U0001F469\u200D\U0001F467", "family_man_woman_girl")]
    [InlineData("x\uFE0Fy \uD83D", "xy")]
    [InlineData("\U0001F1EF\U0001F1F5", "japan")]
    public void Encode_OutsideAscii_ReadsAs(string text, string same) => Assert.Equal(_tokenizer.Encode(same, 64).Ids, _tokenizer.Encode(text, 64).Ids);

    [Fact]
    public void Encode_PromptThatIsTooLong_LosesItsEndAndLeavesAnotherUnconditionalRow()
    {
        TextTokens whole = _tokenizer.Encode("a photo of a cat", 64), cut = _tokenizer.Encode("a photo of a cat", 4);
        Assert.Equal(whole.Ids[..4], cut.Ids);
        Assert.Equal(whole.Ids.Length - 4, cut.Dropped);
        Assert.Equal([cut.Ids[0], cut.Ids[3]], _tokenizer.Unconditional(cut)!.Ids);
        Assert.Null(_tokenizer.Unconditional(whole));
        Assert.Equal([0, 2], _tokenizer.Encode("", 64).Ids);
    }

    [Fact]
    public void Encode_MegabytesOfText_EndsSoon() =>
        Assert.Equal(64, _tokenizer.Encode(new string('a', 5_000_000), 64).Ids.Length);

    [Theory]
    [InlineData("[1]", "#\na b\n", "vocab.json")]
    [InlineData("{\"<s>\":0,\"<pad>\":1,\"</s>\":2}", "#\na b\n", "<unk>")]
    [InlineData("{\"<s>\":0,\"<pad>\":1,\"</s>\":2,\"<unk>\":-3}", "#\na b\n", "negative")]
    [InlineData("{\"<s>\":0,\"<pad>\":1,\"</s>\":2,\"<unk>\":3}", "#\na b\na b c\n", "line 3")]
    public void Load_DamagedFile_IsRefusedWithAReason(string vocabulary, string merges, string reason)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("parti-tokenizer-");
        string vocabularyFile = Path.Combine(folder.FullName, "vocab.json"), mergesFile = Path.Combine(folder.FullName, "merges.txt");
        File.WriteAllText(vocabularyFile, vocabulary);
        File.WriteAllText(mergesFile, merges);

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => MinDalleTokenizer.Load(vocabularyFile, mergesFile));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        folder.Delete(recursive: true);
    }
}
