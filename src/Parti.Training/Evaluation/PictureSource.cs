using Parti.Training.Scenes;
using Parti.Training.Trainers;
using static TorchSharp.torch;

namespace Parti.Training.Evaluation;

/// <summary>Some neighbours in the stream of one category of a split.</summary>
/// <param name="Scenes">The stream.</param>
/// <param name="Category">One of the split's.</param>
/// <param name="First">Index of the first.</param>
/// <param name="Count">B, at least 1.</param>
public sealed record EvaluationBatch(SceneGenerator Scenes, SceneCategory Category, int First, int Count)
{
    /// <summary>The B samples.</summary>
    public IReadOnlyList<SceneSample> Samples { get; } = At(Scenes, Category, First, Count);

    /// <summary>The B samples that begin one place later.</summary>
    internal IReadOnlyList<SceneSample> Shifted => At(Scenes, Category, First + 1, Count);

    static SceneSample[] At(SceneGenerator scenes, SceneCategory category, int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i => scenes.At(i, category))];
}

/// <summary>Pictures for the captions of a batch.</summary>
/// <returns><c>[B, 3, S, S]</c>, 0 to 1.</returns>
public delegate Tensor PictureSource(EvaluationBatch batch);

/// <summary>The pictures that scores compare.</summary>
public static class PictureSources
{
    /// <summary>The scenes as drawn: what the oracle itself gets right.</summary>
    /// <param name="size">S, edge in pixels.</param>
    public static PictureSource Drawn(int size) => batch => ScenePictures.Draw(batch.Samples, size);

    /// <summary>The next caption's scene in place of this one's: what chance gets right, the floor of a model.</summary>
    /// <param name="size">S, edge in pixels.</param>
    public static PictureSource Shuffled(int size) => batch => ScenePictures.Draw(batch.Shifted, size);

    /// <summary>The drawn scenes after encoding and decoding: the ceiling of a model.</summary>
    /// <param name="model">Model.</param>
    public static PictureSource Reconstructed(EvaluatedModel model) => batch =>
        model.ImageTokenizer.Decode(model.ImageTokenizer.Encode(ScenePictures.Draw(batch.Samples, model.ImageSize)));

    /// <summary>One sample a caption; the random numbers are the same for every setting.</summary>
    /// <param name="model">Model that takes prompts.</param>
    /// <param name="setting">Guidance scale and temperature.</param>
    public static PictureSource Sampled(EvaluatedModel model, SamplingSetting setting) => batch =>
        model.ImageTokenizer.Decode(model.Sample([.. batch.Samples.Select(s => s.Caption)], setting, SeedOf(batch)));

    /// <summary>One of several samples a caption; the first of them is that of <see cref="Sampled"/>.</summary>
    /// <param name="model">Model that takes prompts.</param>
    /// <param name="setting">Guidance scale and temperature.</param>
    /// <param name="choice">How many candidates, and how one is chosen.</param>
    public static PictureSource Best(EvaluatedModel model, SamplingSetting setting, CandidateChoice choice) =>
        batch => new CandidateSampler(model, setting, choice).Pictures(batch, SeedOf(batch));

    static ulong SeedOf(EvaluationBatch batch) =>
        SceneRandom.Key(batch.Scenes.Seed, (ulong)batch.Scenes.Split, (ulong)batch.Category, (ulong)batch.First);
}
