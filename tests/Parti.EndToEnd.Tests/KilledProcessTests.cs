using System.Globalization;
using System.Text.RegularExpressions;
using Parti.Training.Tests.Evaluation;

namespace Parti.EndToEnd.Tests;

public sealed partial class KilledProcessTests : IDisposable
{
    private const int Grid = 32;
    private const int Tokens = Grid * Grid;

    // Milliseconds a token: tokens are kept every 250 ms, and the picture must be far from done when that happens twice.
    private const int Width = 768;

    private readonly string _folder = Directory.CreateTempSubdirectory("parti-killed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Generate_KilledTwiceInMidPicture_ContinuesToTheSameBytes()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        Random random = new(seed);
        string models = TinyModelDirectory.Create(Path.Combine(_folder, "models", TinyModelDirectory.Name), Grid, Width).DirectoryPath;
        byte[] undisturbed = await UndisturbedAsync(models, stop);

        string job;
        int kept;
        using (PartiProcess first = new(State, Generate(models, "out")))
        {
            (job, kept) = await ReachAsync(first, random.Next(1, Tokens / 4), stop);
            await first.KillAsync(stop);
        }

        using (PartiProcess second = new(State, "jobs", "watch", job, "--model-path", models))
        {
            await ReachAsync(second, kept + random.Next(1, Tokens / 4), stop);
            await second.KillAsync(stop);
        }

        using PartiProcess third = new(State, "jobs", "watch", job, "--model-path", models);
        await third.EndAsync(stop);
        Assert.Equal(undisturbed, await File.ReadAllBytesAsync(Assert.Single(Pictures(State)), stop));
    }

    private string State => Path.Combine(_folder, "state");

    private async Task<byte[]> UndisturbedAsync(string models, CancellationToken stop)
    {
        string state = Path.Combine(_folder, "undisturbed");
        using PartiProcess whole = new(state, Generate(models, "whole"));
        await whole.EndAsync(stop);
        return await File.ReadAllBytesAsync(Assert.Single(Pictures(state)), stop);
    }

    private string[] Generate(string models, string output) =>
        ["generate", "a blue square", "--seed", "3", "--model-path", models, "-o", Path.Combine(_folder, output, "picture.png")];

    private static string[] Pictures(string state) => Directory.GetFiles(state, "*.png", SearchOption.AllDirectories);

    /// <summary>Job and tokens of the first progress line at or past a number of tokens.</summary>
    private static async Task<(string Job, int Done)> ReachAsync(PartiProcess process, int tokens, CancellationToken stop)
    {
        string? line = await process.LineAsync(text => Progress().Match(text) is { Success: true } match && Done(match) >= tokens, stop);
        Match reached = Progress().Match(line ?? "");
        Assert.True(reached.Success, $"The picture was done before it had {tokens} of {Tokens} tokens.");
        return (reached.Groups["job"].Value, Done(reached));
    }

    private static int Done(Match match) => int.Parse(match.Groups["done"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<job>\S+) image 0: (?<done>\d+) of \d+ tokens$")]
    private static partial Regex Progress();
}
