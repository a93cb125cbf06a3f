using Parti.Training.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Evaluation;

/// <summary>What is scored of a model of procedural scenes.</summary>
public sealed record CompositionalOptions : EvaluationOptions
{
    /// <summary>Choices among several samples that are scored too, after each setting's single sample.</summary>
    public IReadOnlyList<CandidateChoice> Choices { get; init; } = [];
}

/// <summary>The score of some pictures of a category.</summary>
/// <param name="Split">Where the captions come from.</param>
/// <param name="Pictures">Which pictures.</param>
/// <param name="Setting">How they were sampled; null where they were not.</param>
/// <param name="Tally">The verdicts.</param>
/// <param name="Choice">How one of several samples was chosen; null where there was one.</param>
public sealed record CompositionalRow(
    SceneSplit Split, ScoredPictures Pictures, SamplingSetting? Setting, CategoryTally Tally, CandidateChoice? Choice = null);

/// <summary>Scores image tokenizer and whole model on fresh scenes by the pixel oracle.</summary>
public static class CompositionalScore
{
    const int Batch = 25;

    /// <summary>Rows as they are done: per split and category the ceiling, the model under every setting, and the floor.</summary>
    /// <param name="model">What to score; without a transformer there are no rows of the model.</param>
    /// <param name="options">Prompts and settings.</param>
    /// <param name="report">Told of progress after every batch.</param>
    /// <param name="cancellationToken">Stops after the current batch.</param>
    public static IEnumerable<CompositionalRow> Rows(
        EvaluatedModel model, CompositionalOptions options, Action<EvaluationProgress> report, CancellationToken cancellationToken = default)
    {
        foreach (SceneSplit split in options.Splits)
        {
            SceneGenerator scenes = new(options.Seed, split);
            foreach (SceneCategory category in SceneGenerator.Categories(split))
            {
                foreach ((ScoredPictures pictures, SamplingSetting? setting, CandidateChoice? choice, PictureSource source) in Sources(model, options))
                {
                    string how = $"{(setting is null ? "" : $", {setting}")}{(choice is null ? "" : $", {choice}")}";
                    string what = $"{EvaluationSplits.NameOf(split)} {category} {pictures}{how}".ToLowerInvariant();
                    CategoryTally tally = Tally(scenes, category, options.Prompts, source, done => report(new(what, done, options.Prompts)), cancellationToken);
                    yield return new(split, pictures, setting, tally, choice);
                }
            }
        }
    }

    /// <summary>Judges pictures of the first captions of a stream.</summary>
    /// <param name="scenes">The stream.</param>
    /// <param name="category">One of the split's.</param>
    /// <param name="count">Captions, at least 1.</param>
    /// <param name="source">Makes the pictures.</param>
    /// <param name="report">Told of the pictures done, after every batch.</param>
    /// <param name="cancellationToken">Stops after the current batch.</param>
    public static CategoryTally Tally(
        SceneGenerator scenes, SceneCategory category, int count, PictureSource source,
        Action<int>? report = null, CancellationToken cancellationToken = default)
    {
        CategoryTally tally = new(category);
        for (int first = 0; first < count; first += Batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            EvaluationBatch batch = new(scenes, category, first, Math.Min(Batch, count - first));
            Judge(batch, source, tally);
            report?.Invoke(first + batch.Count);
        }
        return tally;
    }

    static void Judge(EvaluationBatch batch, PictureSource source, CategoryTally tally)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor pictures = source(batch);
        int size = (int)pictures.shape[3];
        foreach ((SceneSample sample, byte[] picture) in batch.Samples.Zip(PictureBytes.From(pictures)))
        {
            tally.Add(sample.Spec, SceneOracle.Judge(picture, size, size, sample.Spec));
        }
    }

    static IEnumerable<(ScoredPictures Pictures, SamplingSetting? Setting, CandidateChoice? Choice, PictureSource Source)> Sources(
        EvaluatedModel model, CompositionalOptions options)
    {
        yield return (ScoredPictures.Ceiling, null, null, PictureSources.Reconstructed(model));
        foreach (SamplingSetting setting in options.Settings.Where(_ => model.TakesPrompts))
        {
            yield return (ScoredPictures.Model, setting, null, PictureSources.Sampled(model, setting));
            foreach (CandidateChoice choice in options.Choices)
            {
                yield return (ScoredPictures.Best, setting, choice, PictureSources.Best(model, setting, choice));
            }
        }
        yield return (ScoredPictures.Floor, null, null, PictureSources.Shuffled(model.ImageSize));
    }
}
