using System.Globalization;
using System.Text;
using Parti.Models.Checkpoints;
using Parti.Training.Metrics;

namespace Parti.Training.Recipes;

/// <summary>The card of a model: what it is, what it was made from and how, for whoever finds the directory.</summary>
static class ModelCard
{
    const string Name = "README.md";

    /// <summary>Parts in the order they are trained.</summary>
    internal static IReadOnlyList<string> Parts { get; } = [RunFolder.Features, RunFolder.Vqgan, RunFolder.Codes, RunFolder.Decoder, RunFolder.Text, RunFolder.Transformer, RunFolder.Upscaler];

    /// <summary>Writes the card and copies the curves of every part beside it; a card that is there is kept.</summary>
    /// <param name="directory">The model.</param>
    /// <param name="run">The run it was made of.</param>
    internal static void Write(ModelDirectory directory, RunFolder run)
    {
        List<string> curves = [];
        foreach (string part in Parts)
        {
            string curve = Path.Combine(run.Part(part), MetricsCurves.CurvesName), copy = $"curves-{part}.png";
            if (File.Exists(curve))
            {
                File.Copy(curve, Path.Combine(directory.DirectoryPath, copy), overwrite: true);
                curves.Add($"![Curves of {part}]({copy})");
            }
        }
        string card = Path.Combine(directory.DirectoryPath, Name);
        if (!File.Exists(card))
        {
            byte[] text = Encoding.UTF8.GetBytes(Text(directory.Manifest, curves));
            AtomicFile.Write(card, stream => stream.Write(text));
        }
    }

    static string Text(ModelManifest model, IReadOnlyList<string> curves)
    {
        (TransformerArchitecture t, ImageTokenizerArchitecture i) = (model.Architecture.Transformer, model.Architecture.ImageTokenizer);
        int edge = i.ImageSize * (model.Architecture.Upsampler?.Factor ?? 1);
        string upsampled = model.Architecture.Upsampler is null ? "" : string.Create(CultureInfo.InvariantCulture, $", upsampled to {edge} px");
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Model card: {model.Name}

            Text to pictures, after Parti: {t.EncoderLayers} + {t.DecoderLayers} layers of width {t.Width}, {t.ImageTokens} image tokens of a {t.CodebookSize:N0}-entry
            codebook, {i.ImageSize} px{upsampled}.

            | | |
            |---|---|
            | data | {model.Provenance.DataGeneratorVersion ?? "not stated"} |
            | licence of the data | {model.License.Data} |
            | licence of the weights | {model.License.Weights} |
            | training steps | {model.Provenance.Steps} |
            | trainer | {model.Provenance.TrainerVersion}, {model.Provenance.Date} |
            | sampled at | guidance {model.Sampling.GuidanceScale}, temperature {model.Sampling.Temperature} |
            | storage | float16 |

            {string.Join("\n\n", curves)}

            """);
    }
}
