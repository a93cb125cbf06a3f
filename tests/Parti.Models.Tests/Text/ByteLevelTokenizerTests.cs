using System.Text.Json;
using System.Text.Json.Nodes;
using Parti.Models.Families.Janus;
using Parti.Models.Tests.Checkpoints;
using Parti.Models.Text;
using Parti.Models.Text.ByteLevel;

namespace Parti.Models.Tests.Text;

public sealed class ByteLevelTokenizerTests : IDisposable
{
    readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("tokenizer")]
    [InlineData("gpt2")]
    public void Encode_LinesOfTheReference_GivesItsIds(string name)
    {
        ByteLevelTokenizer tokenizer = ByteLevelTokenizer.Load(Data($"{name}.json"));
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Data($"{name}.golden.json")));

        foreach (JsonElement line in golden.RootElement.EnumerateArray())
        {
            string text = line.GetProperty("text").GetString()!;
            Assert.True(line.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).SequenceEqual(tokenizer.Encode(text)), $"\"{text}\" gives {string.Join(' ', tokenizer.Encode(text))}.");
        }
    }

    [Theory]
    [InlineData("""{ "pre_tokenizer": { "type": "Metaspace" } }""", "Metaspace")]
    [InlineData("""{ "pre_tokenizer": null }""", "pre_tokenizer")]
    [InlineData("""{ "normalizer": { "type": "NFC" } }""", "NFC")]
    [InlineData("""{ "model": { "type": "Unigram", "vocab": [] } }""", "BPE")]
    [InlineData("""{ "model": { "type": "BPE", "vocab": { "a": 0 }, "merges": ["a b"] } }""", "a b")]
    [InlineData("""{ "model": null }""", "no byte-level tokenizer")]
    [InlineData("""{ "pre_tokenizer": { "type": "Split", "pattern": { "Regex": "(" }, "behavior": "Isolated" } }""", "pattern")]
    [InlineData("""{ "pre_tokenizer": { "type": "Split", "pattern": { "String": " " }, "behavior": "Removed" } }""", "Removed")]
    public void Load_FileThatCannotBeUsed_NamesFileAndCause(string change, string cause)
    {
        JsonObject file = JsonNode.Parse(File.ReadAllText(Data("tokenizer.json")))!.AsObject();
        foreach ((string key, JsonNode? value) in JsonNode.Parse(change)!.AsObject())
        {
            file[key] = value?.DeepClone();
        }
        string path = Path.Combine(_folder.Path, "tokenizer.json");
        File.WriteAllText(path, file.ToJsonString());

        string message = Assert.Throws<InvalidDataException>(() => ByteLevelTokenizer.Load(path)).Message;

        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(cause, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Encode_Prompt_HasTheFormOfTheOriginal()
    {
        ByteLevelTokenizer tokenizer = ByteLevelTokenizer.Load(Data("tokenizer.json"));
        JanusPrompt prompt = new(tokenizer, "<|User|>", "<|Assistant|>");

        TextTokens tokens = prompt.Encode("a red circle", 64);

        int[] expected =
        [
            prompt.BeginId, tokenizer.IdOf("<|User|>")!.Value, .. tokenizer.Encode(": a red circle"), .. tokenizer.Encode("\n\n"),
            tokenizer.IdOf("<|Assistant|>")!.Value, .. tokenizer.Encode(":"), prompt.ImageId,
        ];
        Assert.Equal(expected, tokens.Ids);
        Assert.Equal(0, tokens.Dropped);
    }

    [Fact]
    public void Encode_PromptThatIsTooLong_LosesTheEndOfTheTextAndKeepsItsForm()
    {
        JanusPrompt prompt = new(ByteLevelTokenizer.Load(Data("tokenizer.json")), "<|User|>", "<|Assistant|>");
        string text = string.Concat(Enumerable.Repeat("a red circle ", 40));
        int[] whole = prompt.Encode(text, 1000).Ids;

        TextTokens cut = prompt.Encode(text, 30);

        Assert.Equal(30, cut.Ids.Length);
        Assert.Equal(whole.Length - 30, cut.Dropped);
        Assert.Equal(whole[..25], cut.Ids[..25]);
        Assert.Equal(whole[^5..], cut.Ids[^5..]);
    }

    [Fact]
    public void Encode_MillionsOfCharacters_ReadsTheFirstOnly()
    {
        JanusPrompt prompt = new(ByteLevelTokenizer.Load(Data("tokenizer.json")), "User", "Assistant");

        Assert.Equal(
            prompt.Encode(new string('a', TextTokenizer.CharacterLimit), 20).Dropped,
            prompt.Encode(new string('a', 3_000_000), 20).Dropped);
    }

    static string Data(string name) => Path.Combine(AppContext.BaseDirectory, "Text", "Data", "ByteLevel", name);
}
