using Parti.Training.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Evaluation;

/// <summary>What puts candidates of one prompt in order.</summary>
public enum CandidateOrder
{
    /// <summary>How likely the tokens are under the prompt: log p(tokens | prompt), what serving chooses by.</summary>
    Likelihood,

    /// <summary>How much likelier the prompt makes the tokens: log p(tokens | prompt) − log p(tokens | no prompt).</summary>
    Contrast,

    /// <summary>Half way between the two: log p(tokens | prompt) − ½ log p(tokens | no prompt).</summary>
    Balanced,

    /// <summary>The oracle itself: a candidate that is all correct, if there is one. What no order can exceed.</summary>
    Oracle,
}

/// <summary>One picture of several candidates.</summary>
/// <param name="BestOf">Candidates a prompt, at least 2.</param>
/// <param name="Order">How the best is found; the first of equals.</param>
public sealed record CandidateChoice(int BestOf, CandidateOrder Order)
{
    /// <summary>Every number of candidates under every order; 1 is no choice and left out.</summary>
    /// <param name="counts">Candidates a prompt.</param>
    public static IReadOnlyList<CandidateChoice> Grid(IEnumerable<int> counts) =>
        [.. counts.Distinct().Where(count => count > 1).SelectMany(count => Enum.GetValues<CandidateOrder>().Select(order => new CandidateChoice(count, order)))];

    /// <inheritdoc />
    public override string ToString() => $"best of {BestOf} by {Order}".ToLowerInvariant();
}

/// <summary>Samples candidates and keeps one a prompt. The first candidate is the picture that is scored without a choice, and fewer candidates are among more.</summary>
/// <param name="model">Model that takes prompts.</param>
/// <param name="setting">Guidance scale and temperature.</param>
/// <param name="choice">How many, and how one is chosen.</param>
sealed class CandidateSampler(EvaluatedModel model, SamplingSetting setting, CandidateChoice choice)
{
    /// <summary>The chosen pictures.</summary>
    /// <param name="batch">The captions.</param>
    /// <param name="seed">Of the batch.</param>
    /// <returns><c>[B, 3, S, S]</c>, 0 to 1.</returns>
    public Tensor Pictures(EvaluationBatch batch, ulong seed)
    {
        using DisposeScope scope = NewDisposeScope();
        string[] prompts = [.. batch.Samples.Select(sample => sample.Caption)];
        Tensor[] candidates = [.. Enumerable.Range(0, choice.BestOf).Select(k => model.Sample(prompts, setting, SeedOf(seed, k)))];
        double[][] scores = [.. candidates.Select(tokens => Scores(batch, prompts, tokens))];
        Tensor[] chosen = [.. Enumerable.Range(0, prompts.Length).Select(row => candidates[Best(scores, row)].narrow(0, row, 1))];
        return model.ImageTokenizer.Decode(cat(chosen)).MoveToOuterDisposeScope();
    }

    static ulong SeedOf(ulong seed, int candidate) => candidate == 0 ? seed : SceneRandom.Key(seed, (ulong)candidate);

    static int Best(double[][] scores, int row) => Enumerable.Range(0, scores.Length).MaxBy(candidate => scores[candidate][row]);

    double[] Scores(EvaluationBatch batch, string[] prompts, Tensor tokens) => choice.Order switch
    {
        CandidateOrder.Balanced => Against(prompts, tokens, 0.5),
        CandidateOrder.Contrast => Against(prompts, tokens, 1),
        CandidateOrder.Likelihood => Array.ConvertAll(Surprise(prompts, tokens), nats => -nats),
        _ => Verdicts(batch, tokens),
    };

    double[] Against(string[] prompts, Tensor tokens, double weight) =>
        [.. Surprise(Array.ConvertAll(prompts, _ => ""), tokens).Zip(Surprise(prompts, tokens), (without, with) => weight * without - with)];

    double[] Surprise(string[] prompts, Tensor tokens) => [.. model.Surprise(prompts, tokens).data<float>()];

    double[] Verdicts(EvaluationBatch batch, Tensor tokens) =>
    [
        .. PictureBytes.From(model.ImageTokenizer.Decode(tokens)).Zip(batch.Samples, (picture, sample) =>
            SceneOracle.Judge(picture, model.ImageSize, model.ImageSize, sample.Spec).AllCorrect ? 1.0 : 0),
    ];
}
