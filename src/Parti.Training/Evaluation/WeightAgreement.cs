using Parti.Models.Layers;
using Parti.Training.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Evaluation;

/// <summary>How near int8 weights come to float32 ones, position by position after the same tokens.</summary>
/// <param name="Likeliest">Positions whose likeliest token is the same.</param>
/// <param name="Drawn">Positions where the same random numbers draw the same token.</param>
/// <param name="MeanDifference">Mean absolute difference of guided logits.</param>
/// <param name="LargestDifference">Largest absolute difference of guided logits.</param>
/// <param name="Deviation">Standard deviation of the float32 logits, to hold the differences against.</param>
public sealed record WeightAgreementResult(Proportion Likeliest, Proportion Drawn, double MeanDifference, double LargestDifference, double Deviation);

/// <summary>
/// Token agreement of two copies of a model that differ in how their decoder's weights are kept. The first one samples pictures; both then
/// tell every next token of them, so that one difference does not make all that follow differ.
/// </summary>
public static class WeightAgreement
{
    const int Batch = 25;

    /// <summary>Compares.</summary>
    /// <param name="model">The model.</param>
    /// <param name="other">The same model, its decoder quantised.</param>
    /// <param name="setting">Guidance scale, and temperature above 0.</param>
    /// <param name="prompts">Captions of fresh scenes, taken in turn from all categories.</param>
    /// <param name="seed">Of scenes and samples.</param>
    /// <param name="report">Told of progress after every batch.</param>
    /// <param name="cancellationToken">Stops after the current batch.</param>
    public static WeightAgreementResult Measure(
        EvaluatedModel model, EvaluatedModel other, SamplingSetting setting, int prompts, ulong seed, Action<EvaluationProgress> report,
        CancellationToken cancellationToken = default)
    {
        using IDisposable noGrad = no_grad();
        string[] captions = [.. Captions(seed).Take(prompts)];
        Sums sums = new();
        for (int first = 0; first < prompts; first += Batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string[] batch = captions[first..Math.Min(first + Batch, prompts)];
            using DisposeScope scope = NewDisposeScope();
            Tensor tokens = model.Sample(batch, setting, seed + (ulong)first);
            sums.Add(model.NextLogits(batch, tokens, setting.Guidance), other.NextLogits(batch, tokens, setting.Guidance), setting.Temperature, seed + (ulong)first);
            report(new("int8 against float32", first + batch.Length, prompts));
        }
        return sums.Result();
    }

    static IEnumerable<string> Captions(ulong seed)
    {
        SceneGenerator scenes = new(seed, SceneSplit.Test);
        IReadOnlyList<SceneCategory> categories = [.. SceneGenerator.Categories(SceneSplit.Test)];
        for (long i = 0; ; i++)
        {
            yield return scenes.At(i / categories.Count, categories[(int)(i % categories.Count)]).Caption;
        }
    }

    sealed class Sums
    {
        int _positions, _likeliest, _drawn;
        double _difference, _largest, _square, _sum;
        long _logits;

        public void Add(Tensor own, Tensor other, double temperature, ulong seed)
        {
            using Generator generator = new(seed);
            using Scalar divisor = temperature.ToScalar();
            // The Gumbel draws of a sampler: the same for both.
            Tensor noise = empty_like(own).exponential_(1, generator).log_().neg_();
            _positions += (int)(own.numel() / own.shape[^1]);
            _likeliest += Equal(own.argmax(-1), other.argmax(-1));
            _drawn += Equal(own.div(divisor).Plus(noise).argmax(-1), other.div(divisor).Plus(noise).argmax(-1));
            Tensor difference = own.sub(other).abs();
            _difference += difference.sum().item<float>();
            _largest = Math.Max(_largest, difference.max().item<float>());
            _square += own.Squared().sum().item<float>();
            _sum += own.sum().item<float>();
            _logits += own.numel();
        }

        public WeightAgreementResult Result()
        {
            double mean = _sum / _logits;
            return new(new(_likeliest, _positions), new(_drawn, _positions), _difference / _logits, _largest, Math.Sqrt(_square / _logits - mean * mean));
        }

        static int Equal(Tensor left, Tensor right) => (int)left.eq(right).sum().item<long>();
    }
}
