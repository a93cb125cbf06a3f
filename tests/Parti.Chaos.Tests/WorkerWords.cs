using System.Globalization;
using System.Text.RegularExpressions;

namespace Parti.Chaos.Tests;

/// <summary>What a worker that tells its tokens has said, also one that is dead: its last words may be some tokens behind.</summary>
/// <param name="silo">The worker's silo.</param>
internal sealed partial class WorkerWords(SiloProcess silo)
{
    /// <summary>Waits until it has so many tokens of some image of a job.</summary>
    public Task HasTokensAsync(string job, int least, CancellationToken cancellationToken) => silo.Process.LineAsync(
        line => TokensLine().Match(line) is { Success: true } match && Number(match, "count") >= least && match.Groups["item"].Value.Contains($"/{job}#", StringComparison.Ordinal),
        cancellationToken);

    /// <summary>Waits until it takes up an image.</summary>
    /// <returns>The token it begins at.</returns>
    public async Task<int> TakesUpAsync(string item, CancellationToken cancellationToken)
    {
        string line = await silo.Process.LineAsync(line => StartLine().Match(line) is { Success: true } match && match.Groups["item"].Value == item, cancellationToken);
        return Number(StartLine().Match(line), "position");
    }

    /// <summary>How often it took up an image of a job: once each, and once more for every time one was handed over.</summary>
    public int TakenUp(string job) => silo.Process.Output.Split('\n')
        .Count(line => StartLine().Match(line) is { Success: true } match && match.Groups["item"].Value.Contains($"/{job}#", StringComparison.Ordinal));

    /// <summary>Images it had begun and not completed, with the tokens it had of each.</summary>
    /// <param name="total">Tokens of a complete image.</param>
    public IReadOnlyDictionary<string, int> InHand(int total)
    {
        Dictionary<string, int> tokens = [];
        foreach (string line in silo.Process.Output.Split('\n'))
        {
            if (TokensLine().Match(line) is { Success: true } told)
            {
                tokens[told.Groups["item"].Value] = Number(told, "count");
            }
            else if (StartLine().Match(line) is { Success: true } start)
            {
                tokens[start.Groups["item"].Value] = Number(start, "position");
            }
        }

        return tokens.Where(pair => pair.Value < total).ToDictionary();
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("has (?<count>[0-9]+) tokens of (?<item>\\S+)$")]
    private static partial Regex TokensLine();

    [GeneratedRegex("samples (?<item>\\S+) from token (?<position>[0-9]+)$")]
    private static partial Regex StartLine();
}
