using Parti.Training.Tests.Evaluation;

namespace Parti.EndToEnd.Tests;

public sealed class EvalPromptsTests : IDisposable
{
    private readonly CommandLine _parti = new();

    public void Dispose() => _parti.Dispose();

    private string Out => Path.Combine(_parti.Folder, "out");

    [Fact]
    public async Task Prompts_Table_WritesPageAndSheetsAndKeepsPictures()
    {
        string[] arguments = ["eval", "prompts", List("Prompt\tCategory\tChallenge\na \"red\" cat\tAnimals\tBasic\na dog\tAnimals\tSimple\na tree\tPlants\tBasic\n"),
            "--model", TinyModelDirectory.Create(Path.Combine(_parti.Folder, "tiny"), grid: 2).DirectoryPath, "--out", Out, "--per-category", "1"];
        (int code, string output, string error) = await _parti.RunAsync(arguments);

        Assert.Equal(0, code);
        Assert.Contains("index.html: 2 of 2 pictures, 2 sheets", output, StringComparison.Ordinal);
        Assert.Contains("2 pictures, 0 of them made before", error, StringComparison.Ordinal);
        Assert.Contains("guidance 1.5, temperature 0.9, seed 99", await File.ReadAllTextAsync(Path.Combine(Out, "index.html"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(["sheet-animals.png", "sheet-plants.png"], Directory.GetFiles(Out, "*.png").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));

        (code, output, error) = await _parti.RunAsync([.. arguments[..^2]]);
        Assert.Equal((0, true), (code, error.Contains("3 pictures, 2 of them made before", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Prompts_Canceled_LeavesAPageAndSaysSo()
    {
        using CancellationTokenSource source = new();
        await source.CancelAsync();
        string model = TinyModelDirectory.Create(Path.Combine(_parti.Folder, "tiny"), grid: 2).DirectoryPath;
        (int code, _, string error) = await _parti.RunUntilAsync(source.Token, "eval", "prompts", List("a cat\n"), "--model", model, "--out", Out);

        Assert.Equal(130, code);
        Assert.EndsWith("Canceled.\n", error, StringComparison.Ordinal);
        Assert.Contains("0 of 1 pictures", await File.ReadAllTextAsync(Path.Combine(Out, "index.html"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--category", "Cars")]
    [InlineData("--challenge", "Hard")]
    [InlineData("--limit", "0")]
    [InlineData("--guidance", "51")]
    [InlineData("--temperature", "1,2")]
    public async Task Prompts_BadOption_NamesItInOneLine(string option, string value)
    {
        (int code, string output, string error) = await _parti.RunAsync("eval", "prompts", List("Prompt\tCategory\na cat\tAnimals\n"), option, value);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(option, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Prompts_MissingList_SaysSo()
    {
        (int code, _, string error) = await _parti.RunAsync("eval", "prompts", Path.Combine(_parti.Folder, "none.tsv"));
        Assert.Equal(2, code);
        Assert.Contains("none.tsv", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curves_RunFolder_DrawsEveryPart()
    {
        foreach (string part in new[] { "vqgan", "transformer" })
        {
            await File.WriteAllTextAsync(
                Path.Combine(Directory.CreateDirectory(Path.Combine(_parti.Folder, "run", part)).FullName, "metrics.csv"), "step,loss\n50,2\n100,1\n", TestContext.Current.CancellationToken);
        }

        (int code, string output, _) = await _parti.RunAsync("eval", "curves", Path.Combine(_parti.Folder, "run"));

        Assert.Equal(0, code);
        string[] files = output.TrimEnd('\n').Split('\n');
        Assert.Equal(["transformer", "vqgan"], files.Select(file => Path.GetFileName(Path.GetDirectoryName(file))));
        Assert.All(files, file => Assert.True(File.Exists(file), file));
    }

    [Fact]
    public async Task Curves_FolderWithoutMetrics_SaysSo()
    {
        (int code, _, string error) = await _parti.RunAsync("eval", "curves", _parti.Folder);
        Assert.Equal(2, code);
        Assert.Contains("metrics.csv", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    private string List(string text)
    {
        string file = Path.Combine(_parti.Folder, "list.tsv");
        File.WriteAllText(file, text);
        return file;
    }
}
