using Parti.Training.Scenes;
using Parti.Training.Sprites;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Evaluation;

/// <summary>The score of some pictures of sprites.</summary>
/// <param name="Split">Where the captions come from.</param>
/// <param name="Category">Kind of scene.</param>
/// <param name="Pictures">Which pictures.</param>
/// <param name="Setting">How they were sampled; null where they were not.</param>
/// <param name="Tally">The verdicts.</param>
public sealed record SpriteRow(SceneSplit Split, SceneCategory Category, ScoredPictures Pictures, SamplingSetting? Setting, SpriteTally Tally);

/// <summary>Scores image tokenizer and whole model on fresh scenes of sprites by <see cref="SpriteOracle"/>.</summary>
/// <param name="model">What to score; without a transformer there are no rows of the model.</param>
/// <param name="set">Sprites.</param>
public sealed class SpriteScore(EvaluatedModel model, SpriteSet set)
{
    const int Batch = 25;

    readonly SpriteOracle _oracle = new(set);
    readonly SpriteRenderer _renderer = new(set);

    /// <summary>Rows as they are done: per split and category the reconstructions (ceiling), one sample a prompt under every setting, and the drawn scene of the next caption (floor).</summary>
    /// <param name="options">Prompts and settings.</param>
    /// <param name="report">Told of progress after every batch.</param>
    /// <param name="cancellationToken">Stops after the current batch.</param>
    public IEnumerable<SpriteRow> Rows(EvaluationOptions options, Action<EvaluationProgress> report, CancellationToken cancellationToken = default)
    {
        foreach (SceneSplit split in options.Splits)
        {
            SpriteGenerator scenes = new(set, options.Seed, split);
            foreach (SceneCategory category in SpriteGenerator.Categories(split))
            {
                SpriteRow Row(ScoredPictures pictures, SamplingSetting? setting, Func<Stretch, Tensor> source)
                {
                    string what = $"{EvaluationSplits.NameOf(split)} {category} {pictures}{(setting is null ? "" : $", {setting}")}".ToLowerInvariant();
                    return new(split, category, pictures, setting, Tally(new(scenes, category, 0, options.Prompts), source, done => report(new(what, done, options.Prompts)), cancellationToken));
                }
                yield return Row(ScoredPictures.Ceiling, null, stretch => model.ImageTokenizer.Decode(model.ImageTokenizer.Encode(Drawn(stretch.Samples))));
                foreach (SamplingSetting setting in options.Settings.Where(_ => model.TakesPrompts))
                {
                    yield return Row(ScoredPictures.Model, setting, stretch => Sampled(stretch, setting));
                }
                yield return Row(ScoredPictures.Floor, null, stretch => Drawn((stretch with { First = stretch.First + 1 }).Samples));
            }
        }
    }

    SpriteTally Tally(Stretch all, Func<Stretch, Tensor> source, Action<int> report, CancellationToken cancellationToken)
    {
        SpriteTally tally = new();
        for (int first = 0; first < all.Count; first += Batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Stretch stretch = all with { First = first, Count = Math.Min(Batch, all.Count - first) };
            using IDisposable noGradient = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Tensor pictures = source(stretch);
            foreach ((SpriteSample sample, byte[] picture) in stretch.Samples.Zip(PictureBytes.From(pictures)))
            {
                tally.Add(sample.Spec, _oracle.Judge(picture, (int)pictures.shape[3], sample.Spec));
            }
            report(first + stretch.Count);
        }
        return tally;
    }

    Tensor Sampled(Stretch stretch, SamplingSetting setting)
    {
        ulong seed = SceneRandom.Key(stretch.Scenes.Seed, (ulong)stretch.Scenes.Split, (ulong)stretch.Category, (ulong)stretch.First);
        return model.ImageTokenizer.Decode(model.Sample([.. stretch.Samples.Select(sample => sample.Caption)], setting, seed));
    }

    Tensor Drawn(IReadOnlyList<SpriteSample> samples) =>
        PictureBytes.ToTensor([.. samples.Select(sample => _renderer.Draw(sample.Scene, model.ImageSize))], model.ImageSize);

    sealed record Stretch(SpriteGenerator Scenes, SceneCategory Category, int First, int Count)
    {
        internal IReadOnlyList<SpriteSample> Samples => [.. Enumerable.Range(First, Count).Select(i => Scenes.At(i, Category))];
    }
}
