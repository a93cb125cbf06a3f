using Parti.Models.ImageTokenizer;
using Parti.Training.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Evaluation;

/// <summary>How near reconstructions are to some pictures.</summary>
/// <param name="Category">Category of the scenes, or what the pictures are.</param>
/// <param name="Pictures">Pictures.</param>
/// <param name="Psnr">Mean peak signal-to-noise ratio in decibels, see <see cref="PictureQuality"/>.</param>
/// <param name="Ssim">Mean structural similarity, see <see cref="StructuralSimilarity"/>.</param>
/// <param name="AllCorrect">Reconstructions that the oracle finds all correct; null where there are no captions.</param>
public sealed record ReconstructionRow(string Category, int Pictures, double Psnr, double Ssim, Proportion? AllCorrect);

/// <summary>The image tokenizer's score on one set of pictures.</summary>
/// <param name="Name">The split or folder.</param>
/// <param name="Rows">One row a category.</param>
/// <param name="CodesUsed">Share of the codebook used over the set, 0 to 1.</param>
/// <param name="CodesUsedPerGroup">Mean share used by 256 pictures of mixed categories; null in smaller sets.</param>
public sealed record ReconstructionSet(string Name, IReadOnlyList<ReconstructionRow> Rows, double CodesUsed, double? CodesUsedPerGroup);

/// <summary>Scores what an image tokenizer keeps of pictures.</summary>
public sealed class ReconstructionScore
{
    const int Batch = 32;

    readonly IImageTokenizer _tokenizer;
    readonly CodeUsage _codes;
    readonly SortedDictionary<int, Sums> _sums = [];

    ReconstructionScore(IImageTokenizer tokenizer) => (_tokenizer, _codes) = (tokenizer, new(tokenizer.Architecture.CodebookSize));

    /// <summary>Scores fresh scenes; the categories take turns, so that groups of 256 pictures mix them.</summary>
    /// <param name="model">Model.</param>
    /// <param name="split">Where the scenes come from.</param>
    /// <param name="pictures">Scenes a category, at least 1.</param>
    /// <param name="seed">Of the stream.</param>
    /// <param name="report">Told of progress after every batch.</param>
    /// <param name="cancellationToken">Stops after the current batch.</param>
    public static ReconstructionSet Scenes(
        EvaluatedModel model, SceneSplit split, int pictures, ulong seed, Action<EvaluationProgress> report, CancellationToken cancellationToken = default)
    {
        SceneGenerator scenes = new(seed, split);
        SceneCategory[] categories = [.. SceneGenerator.Categories(split)];
        int size = model.ImageSize;
        IEnumerable<Original> originals = Enumerable.Range(0, pictures * categories.Length).Select(i =>
        {
            SceneSample sample = scenes.At(i / categories.Length, categories[i % categories.Length]);
            return new Original((int)sample.Spec.Category, SceneRenderer.Render(sample.Scene, size), sample.Spec);
        });
        return new ReconstructionScore(model.ImageTokenizer).Run(
            EvaluationSplits.NameOf(split), originals, pictures * categories.Length, report, category => ((SceneCategory)category).ToString().ToLowerInvariant(), cancellationToken);
    }

    /// <summary>Scores pictures that have no captions.</summary>
    /// <param name="model">Model.</param>
    /// <param name="name">What the set is called.</param>
    /// <param name="pictures">Pictures of the tokenizer's edge, <c>[S, S, 3]</c> bytes; read as they are needed.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="report">Told of progress after every batch.</param>
    /// <param name="cancellationToken">Stops after the current batch.</param>
    public static ReconstructionSet Pictures(
        EvaluatedModel model, string name, IEnumerable<byte[]> pictures, int count, Action<EvaluationProgress> report, CancellationToken cancellationToken = default) =>
        new ReconstructionScore(model.ImageTokenizer).Run(name, pictures.Select(p => new Original(0, p, null)), count, report, _ => "pictures", cancellationToken);

    ReconstructionSet Run(
        string name, IEnumerable<Original> originals, int total, Action<EvaluationProgress> report, Func<int, string> category, CancellationToken cancellationToken)
    {
        int done = 0;
        foreach (Original[] batch in originals.Chunk(Batch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Score(batch);
            done += batch.Length;
            report(new($"{name} reconstructions", done, total));
        }
        return new(name, [.. _sums.Select(pair => pair.Value.ToRow(category(pair.Key)))], _codes.Share, _codes.MeanGroupShare);
    }

    void Score(Original[] batch)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int size = _tokenizer.Architecture.ImageSize;
        Tensor tokens = _tokenizer.Encode(PictureBytes.ToTensor([.. batch.Select(o => o.Rgb)], size));
        byte[][] decoded = PictureBytes.From(_tokenizer.Decode(tokens));
        foreach (long[] codes in tokens.data<long>().ToArray().Chunk((int)tokens.shape[1]))
        {
            _codes.Add(codes);
        }
        foreach ((Original original, byte[] picture) in batch.Zip(decoded))
        {
            if (!_sums.TryGetValue(original.Category, out Sums? sums))
            {
                _sums[original.Category] = sums = new();
            }
            sums.Add(original, picture, size);
        }
    }

    sealed record Original(int Category, byte[] Rgb, SceneSpec? Spec);

    sealed class Sums
    {
        int _pictures, _right, _judged;
        double _psnr, _ssim;

        internal void Add(Original original, byte[] decoded, int size)
        {
            _pictures++;
            _psnr += PictureQuality.Psnr(original.Rgb, decoded);
            _ssim += StructuralSimilarity.Of(original.Rgb, decoded, size, size);
            if (original.Spec is { } spec)
            {
                _judged++;
                _right += SceneOracle.Judge(decoded, size, size, spec).AllCorrect ? 1 : 0;
            }
        }

        internal ReconstructionRow ToRow(string category) => new(
            category, _pictures, _psnr / _pictures, _ssim / _pictures, _judged == 0 ? null : new Proportion(_right, _judged));
    }
}
