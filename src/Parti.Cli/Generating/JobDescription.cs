using System.Globalization;
using System.Text.Json;
using Parti.Abstractions;

namespace Parti.Cli.Generating;

/// <summary>A job in lines for people: a name, a tab and what it is. What does not apply is left out.</summary>
internal static class JobDescription
{
    private const string Time = "yyyy-MM-ddTHH:mm:ssZ";

    /// <summary>The whole job.</summary>
    internal static string Of(JobSnapshot job) => string.Join(Environment.NewLine, Lines(job).Where(line => line.What is { Length: > 0 }).Select(line => $"{line.Name}\t{line.What}"));

    private static IEnumerable<(string Name, string? What)> Lines(JobSnapshot job)
    {
        yield return ("id", job.Id);
        yield return ("state", Word(job.State) + (job.Stage is { } stage ? $", {Word(stage)}" : string.Empty));
        yield return ("error", job.Error is { } error ? $"{error.Code}: {error.Message}" : null);
        yield return ("prompt", job.Prompt.ReplaceLineEndings(" "));
        yield return ("model", job.Model);
        yield return ("parameters", Parameters(job.Parameters));
        yield return ("priority", Word(job.Priority));
        yield return ("created", At(job.CreatedAt));
        yield return ("started", At(job.StartedAt));
        yield return ("completed", At(job.CompletedAt));
        yield return ("queue", job.QueuePosition is int ahead ? Text($"{ahead} ahead") : null);
        yield return ("eta", job.EtaMs is long eta ? Text($"{eta} ms") : null);
        yield return ("progress", Text($"{100 * job.Progress:0} %"));
        yield return ("timings", JobText.Timings(job.Timings));
        foreach (AttemptSnapshot attempt in job.Attempts)
        {
            yield return ("attempt", Text($"{attempt.Number} by {attempt.Worker}") + (attempt.Reason is { } reason ? $", ended: {reason}" : string.Empty));
        }

        foreach (ImageSnapshot image in job.Images)
        {
            yield return ("image", Image(image));
        }

        yield return ("webhook", job.Webhook is { } webhook ? $"{webhook.Url}, {Word(webhook.State)}" : null);
    }

    private static string Parameters(EffectiveParameters used) => Text(
        $"n {used.N}, seed {used.Seed}, guidance {used.GuidanceScale}, temperature {used.Temperature}, top-k {used.TopK}, top-p {used.TopP}, size {used.Size}, {Word(used.OutputFormat)}")
        + (used.NegativePrompt is { } negative ? $", negative \"{negative.ReplaceLineEndings(" ")}\"" : string.Empty);

    private static string Image(ImageSnapshot image) => Text($"{image.Index}: {Word(image.State)}, {image.TokensDone} of {image.TokensTotal} tokens, seed {image.Seed}")
        + (image.Url is { } url ? $", {url}" : string.Empty);

    private static string? At(DateTimeOffset? time) => time?.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture);

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
