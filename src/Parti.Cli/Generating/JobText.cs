using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parti.Abstractions;

namespace Parti.Cli.Generating;

/// <summary>Jobs in words and as JSON.</summary>
internal static class JobText
{
    private const int ShownOfPrompt = 60;

    /// <summary>Time per stage; stages that did not run are left out.</summary>
    internal static string Timings(StageTimings timings)
    {
        (string Name, long? Milliseconds)[] stages =
        [
            ("queue", timings.QueueMs), ("encode", timings.EncodeMs), ("sample", timings.SampleMs), ("detokenize", timings.DetokenizeMs),
            ("upscale", timings.UpscaleMs), ("rerank", timings.RerankMs), ("store", timings.StoreMs), ("total", timings.TotalMs),
        ];
        return string.Join(", ", stages.Where(stage => stage.Milliseconds is not null)
            .Select(stage => string.Create(CultureInfo.InvariantCulture, $"{stage.Name} {stage.Milliseconds} ms")));
    }

    /// <summary>One line that says what of a prompt the model did not read; null where it read all.</summary>
    /// <param name="job">The job.</param>
    /// <param name="maxTextTokens">Most text tokens that the model reads, end-of-sequence included; null where that is not known.</param>
    internal static string? Truncation(JobSnapshot job, int? maxTextTokens)
    {
        if (job.DroppedTokens == 0)
        {
            return null;
        }

        string prompt = job.Prompt.ReplaceLineEndings(" ");
        string begin = prompt.Length <= ShownOfPrompt ? prompt : prompt[..ShownOfPrompt] + "…";
        string tokens = job.DroppedTokens == 1 ? "token of the prompt was" : "tokens of the prompt were";
        return $"Warning: {job.DroppedTokens} {tokens} dropped, as {job.Model} reads {(maxTextTokens is int most ? $"at most {most - 1}" : "no more")}; shorten \"{begin}\".";
    }

    /// <summary>A job as one line of JSON, with <c>file</c> at each image.</summary>
    /// <param name="job">The job.</param>
    /// <param name="files">Path per image index; images without one get null.</param>
    internal static string Json(JobSnapshot job, IReadOnlyDictionary<int, string> files)
    {
        JsonObject json = JsonSerializer.SerializeToNode(job, PartiJson.Default.JobSnapshot)!.AsObject();
        foreach (JsonNode? image in json["images"]!.AsArray())
        {
            image!["file"] = files.GetValueOrDefault(image["index"]!.GetValue<int>());
        }

        return json.ToJsonString();
    }
}
