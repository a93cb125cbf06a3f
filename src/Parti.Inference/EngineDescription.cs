using System.Globalization;
using System.Text;

namespace Parti.Inference;

/// <summary>What a picture file says of its making.</summary>
public static class EngineDescription
{
    /// <summary>
    /// Generation parameters in the layout that AUTOMATIC1111-style readers understand: prompt, negative prompt on a line of its own,
    /// one line of <c>name: value</c> pairs.
    /// </summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="negativePrompt">The negative prompt, or null.</param>
    /// <param name="model">The model.</param>
    /// <param name="sampling">How tokens were drawn.</param>
    /// <param name="seed">The job's seed.</param>
    /// <param name="imageIndex">Which image of the job.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    public static string ParametersText(
        string prompt, string? negativePrompt, ModelDescription model, SamplingParams sampling, ulong seed, int imageIndex, int width, int height)
    {
        StringBuilder text = new(prompt.Trim());
        if (!string.IsNullOrWhiteSpace(negativePrompt))
        {
            text.Append("\nNegative prompt: ").Append(negativePrompt.Trim());
        }
        text.Append(CultureInfo.InvariantCulture, $"\nSteps: {model.ImageTokens}, Sampler: {SamplerName(sampling)}, ");
        text.Append(CultureInfo.InvariantCulture, $"CFG scale: {sampling.GuidanceScale}, Seed: {seed}, Size: {width}x{height}, ");
        text.Append(CultureInfo.InvariantCulture, $"Model hash: {model.Hash[..Math.Min(10, model.Hash.Length)]}, Model: {Quoted(model.Name)}, ");
        text.Append(CultureInfo.InvariantCulture, $"Image index: {imageIndex}, Temperature: {sampling.Temperature}, ");
        text.Append(CultureInfo.InvariantCulture, $"Top-k: {sampling.TopK}, Top-p: {sampling.TopP}, Version: Parti {EngineVersion}");
        return text.ToString();
    }

    static string EngineVersion { get; } = typeof(EngineDescription).Assembly.GetName().Version?.ToString(3) ?? "0";

    static string SamplerName(SamplingParams sampling) => sampling.Temperature == 0 ? "Greedy" : "Gumbel";

    // Readers split the last line at commas and colons, unless the value is a JSON string.
    static string Quoted(string value) =>
        value.AsSpan().IndexOfAny(",:\n") < 0 ? value : System.Text.Json.JsonSerializer.Serialize(value);
}
