using Parti.Training.Scenes;
using Parti.Training.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Evaluation;

/// <summary>Pictures of relations under their own captions and under the same captions with the relation turned round.</summary>
/// <param name="Split">Where the captions come from.</param>
/// <param name="Right">Mean negative log-likelihood of a picture under its caption, in nats.</param>
/// <param name="Reversed">The same under the reversed caption.</param>
/// <param name="RightLikelier">Pictures that are likelier under their own caption; a model that ignores relations has half.</param>
public sealed record ReversedCaptionsRow(SceneSplit Split, double Right, double Reversed, Proportion RightLikelier);

/// <summary>
/// Whether a model reads relations at all, told long before its samples are right: it must find the drawn picture likelier under
/// "a red circle to the left of a blue square" than under "a red circle to the right of a blue square".
/// </summary>
public static class ReversedCaptions
{
    const int Batch = 25;

    /// <summary>One row for each split that has relations.</summary>
    /// <param name="model">Model that takes prompts.</param>
    /// <param name="options">Prompts, seed and splits.</param>
    /// <param name="report">Told of progress after every batch.</param>
    /// <param name="cancellationToken">Stops after the current batch.</param>
    public static IEnumerable<ReversedCaptionsRow> Rows(
        EvaluatedModel model, CompositionalOptions options, Action<EvaluationProgress> report, CancellationToken cancellationToken = default) =>
        options.Splits.Where(split => SceneGenerator.Categories(split).Contains(SceneCategory.Relation))
            .Select(split => Row(model, new(options.Seed, split), options.Prompts, report, cancellationToken));

    /// <summary>The caption of a relation's sample with the relation turned round, in the same paraphrase.</summary>
    /// <param name="scenes">The stream.</param>
    /// <param name="index">Position in the stream of relations.</param>
    public static string Reverse(SceneGenerator scenes, long index)
    {
        SceneSpec spec = scenes.At(index, SceneCategory.Relation).Spec;
        return scenes.CaptionOf(index, spec with { Relation = Opposite(spec.Relation!.Value) });
    }

    static ReversedCaptionsRow Row(
        EvaluatedModel model, SceneGenerator scenes, int count, Action<EvaluationProgress> report, CancellationToken cancellationToken)
    {
        double right = 0, reversed = 0;
        int likelier = 0;
        for (int first = 0; first < count; first += Batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            EvaluationBatch batch = new(scenes, SceneCategory.Relation, first, Math.Min(Batch, count - first));
            foreach ((float own, float other) in Compare(model, batch))
            {
                (right, reversed, likelier) = (right + own, reversed + other, likelier + (own < other ? 1 : 0));
            }
            report(new($"{EvaluationSplits.NameOf(scenes.Split)} reversed captions", first + batch.Count, count));
        }
        return new(scenes.Split, right / count, reversed / count, new(likelier, count));
    }

    static (float Own, float Other)[] Compare(EvaluatedModel model, EvaluationBatch batch)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor tokens = model.ImageTokenizer.Encode(ScenePictures.Draw(batch.Samples, model.ImageSize));
        float[] own = model.Surprise([.. batch.Samples.Select(s => s.Caption)], tokens).data<float>().ToArray();
        string[] turned = [.. Enumerable.Range(batch.First, batch.Count).Select(i => Reverse(batch.Scenes, i))];
        return [.. own.Zip(model.Surprise(turned, tokens).data<float>().ToArray())];
    }

    static Relation Opposite(Relation relation) => relation switch
    {
        Relation.LeftOf => Relation.RightOf,
        Relation.RightOf => Relation.LeftOf,
        Relation.Above => Relation.Below,
        _ => Relation.Above,
    };
}
