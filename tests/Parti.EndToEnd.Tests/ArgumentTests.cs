using System.CommandLine;
using Parti.Cli.Commands;

namespace Parti.EndToEnd.Tests;

public sealed class ArgumentTests : IDisposable
{
    private readonly CommandLine _parti = new();

    public void Dispose() => _parti.Dispose();

    [Theory]
    [InlineData("--seed", "abc")]
    [InlineData("--seed", "-1")]
    [InlineData("--n", "0")]
    [InlineData("--n", "1000")]
    [InlineData("--size", "257")]
    [InlineData("--guidance", "NaN")]
    [InlineData("--guidance", "51")]
    [InlineData("--temperature", "-0.5")]
    [InlineData("--top-p", "0")]
    [InlineData("--top-k", "1.5")]
    [InlineData("--format", "gif")]
    [InlineData("--prompts", "/nowhere/prompts.txt")]
    public async Task Generate_BadOption_NamesItInOneLine(string option, string value)
    {
        (int code, string output, string error) = await _parti.RunAsync("generate", "a red circle", $"{option}={value}");

        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains(option, error, StringComparison.Ordinal);
        AssertOneLine(error);
    }

    [Theory]
    [InlineData("--models")]
    [InlineData("-x")]
    public async Task Generate_UnknownOption_IsNoPrompt(string option)
    {
        (int code, string output, string error) = await _parti.RunAsync("generate", "a red circle", option);

        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains(option, error, StringComparison.Ordinal);
        AssertOneLine(error);
    }

    [Fact]
    public async Task Generate_NoPrompt_SaysSo() => await AssertPromptRefusedAsync("generate");

    [Fact]
    public async Task Generate_BlankPrompt_SaysSo() => await AssertPromptRefusedAsync("generate", "  ");

    [Fact]
    public async Task Generate_PromptOfAMegabyte_SaysSo() => await AssertPromptRefusedAsync("generate", new string('a', 1 << 20));

    [Fact]
    public async Task Generate_SeveralPicturesForOneFile_AsksForAFolder()
    {
        (int code, _, string error) = await _parti.RunAsync("generate", "a red circle", "-n", "2", "-o", Path.Combine(_parti.Folder, "one.png"));

        Assert.Equal(2, code);
        Assert.Contains("--output", error, StringComparison.Ordinal);
        AssertOneLine(error);
    }

    [Fact]
    public async Task Generate_NoModel_FailsInOneLine()
    {
        (int code, string output, string error) = await _parti.RunAsync("generate", "a red circle", "--model-path", _parti.Folder, "-o", _parti.Folder);

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains(_parti.Folder, error, StringComparison.Ordinal);
        AssertOneLine(error);
    }

    [Fact]
    public async Task Generate_OutputBelowAFile_FailsInOneLine()
    {
        string file = Path.Combine(_parti.Folder, "file");
        await File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);
        (int code, _, string error) = await _parti.RunAsync("generate", "a red circle", "-o", Path.Combine(file, "pictures"));

        Assert.Equal(1, code);
        Assert.Contains("cannot be written", error, StringComparison.Ordinal);
        AssertOneLine(error);
    }

    [Fact]
    public async Task Root_UnknownCommand_IsAUsageError()
    {
        (int code, string output, string error) = await _parti.RunAsync("genrate", "a red circle");

        Assert.Equal(2, code);
        Assert.Empty(output);
        AssertOneLine(error);
    }

    public static TheoryData<string, int> Commands =>
        [.. Below(RootCommandFactory.Create(new(TextWriter.Null, TextWriter.Null)), "").Where(row => row.MostArguments < 10)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Command_OneArgumentTooMany_PointsAtItsOwnHelp(string command, int mostArguments)
    {
        (int code, string output, string error) = await _parti.RunAsync([.. command.Split(' '), .. Enumerable.Repeat("x", mostArguments + 1)]);

        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.EndsWith($"See \"parti {command} --help\".", error.TrimEnd('\n'), StringComparison.Ordinal);
        AssertOneLine(error);
    }

    private static IEnumerable<(string Path, int MostArguments)> Below(Command command, string path) => command.Subcommands.SelectMany(sub =>
        Below(sub, $"{path}{sub.Name} ").Prepend((path + sub.Name, sub.Arguments.Sum(argument => argument.Arity.MaximumNumberOfValues))));

    private static void AssertOneLine(string error) => Assert.Single(error.TrimEnd('\n').Split('\n'));

    private async Task AssertPromptRefusedAsync(params string[] arguments)
    {
        (int code, string output, string error) = await _parti.RunAsync(arguments);

        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains("prompt", error, StringComparison.Ordinal);
        AssertOneLine(error);
    }
}
