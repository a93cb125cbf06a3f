using Parti.Training.Evaluation.Prompts;

namespace Parti.Training.Tests.Evaluation.Prompts;

public sealed class PromptListTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-prompts-").FullName;

    public static string Sample => Path.Combine(AppContext.BaseDirectory, "PartiPromptsSample.tsv");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_PartiPrompts_HasEveryRowWithQuotationMarksAndWithoutBlanksAtItsEnds()
    {
        IReadOnlyList<PromptEntry> entries = PromptList.Read(Sample);

        Assert.Equal(System.IO.File.ReadAllLines(Sample).Length - 1, entries.Count);
        Assert.Equal(new("bond", "Abstract", "Basic", "Biology-inspired concepts with multiple meanings"), entries[0]);
        Assert.Contains(entries, entry => entry.Prompt.Contains('"'));
        Assert.Contains(entries, entry => entry.Prompt.Contains('í'));
        Assert.All(entries, entry => Assert.Equal(entry.Prompt.Trim(), entry.Prompt));
        Assert.Contains(System.IO.File.ReadAllLines(Sample), line => line.Split('\t')[0] != line.Split('\t')[0].Trim());
    }

    [Fact]
    public void OfText_ColumnsInAnotherOrder_AreFoundByName() => Assert.Equal(
        [new("a cat", "Animals"), new("a dog")], PromptList.OfText(["Category\tPrompt", "Animals\ta cat", "\ta dog", "Animals\t "]));

    [Fact]
    public void OfText_PlainLines_AreAPromptEach() => Assert.Equal(
        [new("say \"hi\",\tcat"), new("{a: b}")], PromptList.OfText(["  say \"hi\",\tcat", "", "{a: b}  "]));

    [Fact]
    public void Read_JsonLines_TakesTheNamedTexts() => Assert.Equal(
        [new("a \"red\" cat", "Animals", "Basic"), new("a dog", "", "", "n")],
        PromptList.Read(File("p.jsonl", "{\"prompt\": \"a \\\"red\\\" cat\", \"Category\": \"Animals\", \"challenge\": \"Basic\", \"more\": 1}\n\n{\"Prompt\": \" a dog\", \"note\": \"n\"}\n")));

    [Theory]
    [InlineData("p.jsonl", "{\"prompt\": \"a\"}\n{\"prompt\": \n", "line 2")]
    [InlineData("p.jsonl", "{\"text\": \"a\"}\n", "line 1")]
    [InlineData("p.jsonl", "[1]\n", "line 1")]
    [InlineData("p.txt", "\n  \n", "p.txt")]
    [InlineData("p.tsv", "Prompt\tCategory\n", "p.tsv")]
    public void Read_NoList_NamesThePlaceInOneLine(string name, string text, string named)
    {
        string message = Assert.Throws<InvalidDataException>(() => PromptList.Read(File(name, text))).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Read_MissingFile_NamesIt() =>
        Assert.Contains("none.tsv", Assert.Throws<InvalidDataException>(() => PromptList.Read(Path.Combine(_folder, "none.tsv"))).Message, StringComparison.Ordinal);

    [Fact]
    public void From_LimitsAndNames_TakeTheFirstOfEach()
    {
        PromptEntry[] list = [new("a", "X", "P"), new("b", "Y", "Q"), new("c", "X", "Q"), new("a", "Y", "P"), new("d", "X", "P")];

        Assert.Equal("abcd", Taken(new(), list));
        Assert.Equal("ab", Taken(new() { PerCategory = 1 }, list));
        Assert.Equal("abc", Taken(new() { Limit = 3 }, list));
        Assert.Equal("ac", Taken(new() { Category = "x", PerCategory = 2 }, list));
        Assert.Equal("bc", Taken(new() { Challenge = "Q" }, list));
        Assert.Equal("c", Taken(new() { Category = "X", Challenge = "q" }, list));
    }

    [Theory]
    [InlineData("Z", null, "allowed is one of X, Y")]
    [InlineData(null, "Z", "allowed is one of P, Q")]
    [InlineData("Y", "P", "allowed is a pair")]
    public void From_NamesThatAreNotThere_ListsThoseThatAre(string? category, string? challenge, string expected)
    {
        PromptEntry[] list = [new("a", "X", "P"), new("b", "Y", "Q")];
        ArgumentException error = Assert.Throws<ArgumentException>(() => new PromptSelection { Category = category, Challenge = challenge }.From(list));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void From_CategoryOfAPlainList_SaysThatThereIsNone() => Assert.Contains(
        "names no category", Assert.Throws<ArgumentException>(() => new PromptSelection { Category = "X" }.From([new("a")])).Message, StringComparison.Ordinal);

    static string Taken(PromptSelection selection, PromptEntry[] list) => string.Concat(selection.From(list).Select(entry => entry.Prompt));

    string File(string name, string text)
    {
        string file = Path.Combine(_folder, name);
        System.IO.File.WriteAllText(file, text);
        return file;
    }
}
