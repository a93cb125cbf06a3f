using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using Parti.Models.SuperResolution;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Data;
using Parti.Training.Drawing;
using Parti.Training.Evaluation;

namespace Parti.Training.Recipes;

/// <summary>
/// Sample pictures of a training, always of the same examples and random numbers, so that sheets of different steps can be laid side by
/// side. Examples come from far along the stream, where a training on endless data does not get.
/// </summary>
static class RunSamples
{
    const int Pictures = 8;
    const ulong Seed = 1;

    /// <summary>Pictures above their reconstructions.</summary>
    public static Func<PictureGrid> Reconstructions(VitVqGan network, IExamples examples) =>
        () => SampleSheets.Reconstructions(network, [.. Places(examples).Select(place => examples.At(place, network.Architecture.ImageSize))]);

    /// <summary>A sample a caption.</summary>
    public static Func<PictureGrid> Prompts(PartiTransformer network, VitVqGan tokenizer, TextTokenizer text, IExamples examples, SamplingDefaults sampling)
    {
        var setting = new SamplingSetting(sampling.GuidanceScale, sampling.Temperature);
        return () => Whole(network, () => SampleSheets.Samples(network, text, tokenizer, [.. Places(examples).Select(examples.CaptionAt)], setting, Seed));
    }

    /// <summary>Reconstructions, upsampled, and true.</summary>
    public static Func<PictureGrid> Upsampled(Upsampler network, VitVqGan tokenizer, IExamples examples) => () => SampleSheets.Upsampled(
        network, tokenizer, [.. Places(examples).Take(4).Select(place => examples.PairAt(place, tokenizer.Architecture.ImageSize, network.Architecture.Factor))]);

    /// <summary>Writes the sheet of a step.</summary>
    /// <param name="folder">Run folder of a part.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="sheet">Draws it.</param>
    public static void Write(string folder, long step, Func<PictureGrid> sheet)
    {
        string file = Path.Combine(folder, SampleSheets.FileName(step));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        byte[] png = (sheet() with { Title = $"step {step}" }).ToPng();
        AtomicFile.Write(file, stream => stream.Write(png));
    }

    // Only learning drops activations.
    static PictureGrid Whole(PartiTransformer network, Func<PictureGrid> draw)
    {
        SeededDropout? dropout = network.Dropout;
        network.Dropout = null;
        try
        {
            return draw();
        }
        finally
        {
            network.Dropout = dropout;
        }
    }

    static IEnumerable<long> Places(IExamples examples)
    {
        long first = examples.Distinct is null ? 1L << 40 : 0;
        return Enumerable.Range(0, (int)Math.Min(Pictures, examples.Distinct ?? Pictures)).Select(i => first + i);
    }
}
