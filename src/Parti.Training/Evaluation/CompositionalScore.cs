using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Scenes;
using Parti.Training.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Evaluation;

/// <summary>How many of some pictures show what their captions say, with a 95 % Wilson interval.</summary>
/// <param name="Category">What was asked.</param>
/// <param name="Right">Pictures with every stated factor right.</param>
/// <param name="Total">Pictures.</param>
public sealed record CategoryScore(string Category, int Right, int Total)
{
    const double Z = 1.959964;

    /// <summary>Share of right pictures, 0 to 1.</summary>
    public double Share => Total == 0 ? 0 : (double)Right / Total;

    /// <summary>Lower end of the interval.</summary>
    public double Low => Center - Half;

    /// <summary>Upper end of the interval.</summary>
    public double High => Center + Half;

    double Center => (Share + Z * Z / (2 * Total)) / (1 + Z * Z / Total);

    double Half => Z / (1 + Z * Z / Total) * Math.Sqrt(Share * (1 - Share) / Total + Z * Z / (4.0 * Total * Total));
}

/// <summary>Scores tokenizer and whole model on fresh scenes by the pixel oracle.</summary>
public static class CompositionalScore
{
    const int Batch = 25;

    /// <summary>The tokenizer's reconstructions: the ceiling of the whole model.</summary>
    /// <param name="tokenizer">Image tokenizer.</param>
    /// <param name="count">Pictures a category.</param>
    /// <param name="seed">Of the fresh scenes.</param>
    public static IReadOnlyList<CategoryScore> Ceiling(VitVqGan tokenizer, int count, ulong seed) =>
        Score(count, seed, (samples, _) => tokenizer.Decode(tokenizer.Encode(ScenePictures.Draw(samples, tokenizer.Architecture.ImageSize))));

    /// <summary>One sample a prompt.</summary>
    /// <param name="model">Transformer.</param>
    /// <param name="tokenizer">Image tokenizer.</param>
    /// <param name="text">Text tokenizer.</param>
    /// <param name="count">Prompts a category.</param>
    /// <param name="seed">Of prompts and samples.</param>
    /// <param name="guidance">Guidance scale; 1 for none.</param>
    /// <param name="temperature">Above 0.</param>
    public static IReadOnlyList<CategoryScore> Model(
        PartiTransformer model, VitVqGan tokenizer, TextTokenizer text, int count, ulong seed, double guidance, double temperature) =>
        Score(count, seed, (samples, batch) => tokenizer.Decode(
            TokenSampling.Sample(model, text, [.. samples.Select(s => s.Caption)], guidance, temperature, seed + (ulong)batch)));

    static List<CategoryScore> Score(int count, ulong seed, Func<SceneSample[], int, Tensor> pictures)
    {
        var scores = new List<CategoryScore>();
        var generator = new SceneGenerator(seed, SceneSplit.Test);
        foreach (SceneCategory category in SceneGenerator.Categories(SceneSplit.Test))
        {
            int right = 0;
            for (int first = 0; first < count; first += Batch)
            {
                SceneSample[] samples = [.. Enumerable.Range(first, Math.Min(Batch, count - first)).Select(i => generator.At(i, category))];
                using IDisposable noGrad = no_grad();
                using DisposeScope scope = NewDisposeScope();
                right += CountRight(pictures(samples, first), samples);
            }
            scores.Add(new(category.ToString(), right, count));
        }
        return scores;
    }

    static int CountRight(Tensor pictures, SceneSample[] samples)
    {
        int size = (int)pictures.shape[3];
        byte[] all = pictures.mul(Scalars.Of(255)).add(Scalars.Of(0.5)).to(ScalarType.Byte).permute(0, 2, 3, 1).contiguous().data<byte>().ToArray();
        int one = all.Length / samples.Length;
        return Enumerable.Range(0, samples.Length)
            .Count(i => SceneOracle.Judge(all[(i * one)..((i + 1) * one)], size, size, samples[i].Spec).AllCorrect);
    }
}
