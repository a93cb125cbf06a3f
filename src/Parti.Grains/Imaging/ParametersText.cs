using System.Globalization;
using System.Text;
using Parti.Abstractions;

namespace Parti.Grains.Imaging;

/// <summary>
/// The text that pictures carry, in the form that AUTOMATIC1111-style readers understand: prompt, negative prompt, then
/// one line of settings. A function of the request alone, so that equal requests give equal files.
/// </summary>
public static class ParametersText
{
    /// <summary>The text for one image.</summary>
    /// <param name="model">Model name.</param>
    /// <param name="prompt">Prompt.</param>
    /// <param name="parameters">What the job uses; how many candidates there were is left out, as the same picture can be made without a choice.</param>
    /// <param name="image">The index that fixes its random numbers with the seed: the image's, or the chosen candidate's number.</param>
    public static string For(string model, string prompt, EffectiveParameters parameters, int image)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(parameters);
        StringBuilder text = new();
        text.Append(prompt.ReplaceLineEndings(" ")).Append('\n');
        if (parameters.NegativePrompt is not null)
        {
            text.Append("Negative prompt: ").Append(parameters.NegativePrompt.ReplaceLineEndings(" ")).Append('\n');
        }

        string hash = parameters.ModelHash[..Math.Min(10, parameters.ModelHash.Length)];
        text.Append(CultureInfo.InvariantCulture, $"Sampler: Parti, CFG scale: {parameters.GuidanceScale}, Seed: {parameters.Seed}, ");
        text.Append(CultureInfo.InvariantCulture, $"Size: {parameters.Size}x{parameters.Size}, Model hash: {hash}, Model: {model}, ");
        text.Append(CultureInfo.InvariantCulture, $"Temperature: {parameters.Temperature}, Top k: {parameters.TopK}, Top p: {parameters.TopP}, Image index: {image}");
        return text.ToString();
    }
}
