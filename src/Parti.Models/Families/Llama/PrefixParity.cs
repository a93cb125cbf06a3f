using Parti.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Families.Llama;

/// <summary>
/// What a fixture of a decoder-only family asks for, by the plain path: guided logits, likeliest tokens, probabilities.
/// Legend: B pictures, N image tokens, V codebook size.
/// </summary>
/// <param name="fixture">Weights and prompts.</param>
sealed class PrefixParity(PrefixFixture fixture)
{
    /// <summary>Raw logits of given tokens.</summary>
    /// <param name="prefixes">A prefix a picture.</param>
    /// <param name="tokens"><c>[B, N]</c>, int64.</param>
    /// <returns><c>[B, N, V]</c>.</returns>
    internal Tensor Logits(IReadOnlyList<Tensor> prefixes, Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        return cat([.. prefixes.Select((prefix, i) => fixture.Model.Decode(prefix, tokens.narrow(0, i, 1)))], 0).MoveToOuterDisposeScope();
    }

    /// <summary>Guided logits, <c>u + s (c − u)</c>.</summary>
    internal static Tensor Guided(Tensor conditional, Tensor unconditional, double scale)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar factor = scale.ToScalar();
        return unconditional.Plus(conditional.sub(unconditional).mul(factor)).MoveToOuterDisposeScope();
    }

    /// <summary>Likeliest tokens, decided one after another over a cache.</summary>
    /// <param name="scale">Guidance scale of each position.</param>
    /// <returns><c>[B, N]</c>, int64.</returns>
    internal Tensor Greedy(Func<int, double> scale)
    {
        IReadOnlyList<Tensor> prompts = fixture.Prompts, others = fixture.Others;
        int pictures = prompts.Count, length = fixture.Model.Trunk.Sizes.ImageTokens;
        using DisposeScope scope = NewDisposeScope();
        using LlamaCache cache = new(fixture.Model, 2 * pictures, CPU);
        for (int i = 0; i < pictures; i++)
        {
            Enter(cache, i, prompts[i]);
            Enter(cache, pictures + i, others[i]);
        }
        Tensor tokens = zeros([pictures, length], ScalarType.Int64), previous = zeros([2 * pictures], ScalarType.Int64);
        for (int position = 1 - (int)prompts.Concat(others).Max(prefix => prefix.shape[1]); position < length; position++)
        {
            using DisposeScope step = NewDisposeScope();
            Tensor logits = cache.Step(previous, full([2 * pictures], Scalars.Of((long)position), ScalarType.Int64));
            if (position >= 0)
            {
                Tensor chosen = Guided(logits.narrow(0, 0, pictures), logits.narrow(0, pictures, pictures), scale(position)).argmax(1);
                tokens.select(1, position).copy_(chosen);
                previous.copy_(cat([chosen, chosen], 0));
            }
        }
        return tokens.MoveToOuterDisposeScope();
    }

    /// <summary>Probabilities of the candidates that temperature, top-k and top-p leave.</summary>
    /// <param name="logits">Guided logits <c>[B, V]</c>.</param>
    /// <param name="temperature">Above 0.</param>
    /// <param name="topK">Candidates kept, ties with the last one too; 0 for all.</param>
    /// <param name="topP">Mass kept; the candidate that crosses it stays. 1 for all.</param>
    internal static Tensor Probabilities(Tensor logits, double temperature, int topK, double topP)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar divisor = temperature.ToScalar(), mass = topP.ToScalar();
        Tensor kept = logits.div(divisor);
        if (topK > 0)
        {
            Tensor least = kept.topk(Math.Min(topK, (int)kept.shape[1]), 1).values.narrow(1, Math.Min(topK, (int)kept.shape[1]) - 1, 1);
            kept = kept.masked_fill(kept.lt(least), Scalars.Of(double.NegativeInfinity));
        }
        if (topP < 1)
        {
            (Tensor sorted, Tensor order) = kept.sort(1, descending: true);
            Tensor before = sorted.softmax(1).cumsum(1).sub(sorted.softmax(1));
            Tensor removed = zeros_like(order).to(ScalarType.Bool).scatter(1, order, before.gt(mass));
            kept = kept.masked_fill(removed, Scalars.Of(double.NegativeInfinity));
        }
        return kept.softmax(1).MoveToOuterDisposeScope();
    }

    // The shorter prefixes of a batch begin later: until then their rows are at the beginning, again and again.
    private static void Enter(LlamaCache cache, int row, Tensor prefix)
    {
        using DisposeScope scope = NewDisposeScope();
        long length = prefix.shape[1], most = cache.MaxPrefix;
        Tensor padded = zeros(1, most, prefix.shape[2]);
        padded.narrow(1, 0, length).copy_(prefix);
        cache.Enter(row, padded, TensorMath.Range(most).lt(Scalars.Of(length)).unsqueeze(0));
    }
}
