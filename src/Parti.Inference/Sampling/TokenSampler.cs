using System.Numerics;

namespace Parti.Inference.Sampling;

/// <summary>
/// Draws one image token: guidance, temperature, top-k, top-p, then the largest of logit + Gumbel noise, in float32.
/// A pure function of the logits, the parameters and the <see cref="TokenDraw"/>: for equal logits the token is the same on
/// every machine. (Logits themselves are promised equal on one machine and one build of the tensor library.)
/// Holds scratch memory, so one instance serves one thread; a call allocates nothing.
/// </summary>
/// <param name="vocabulary">Candidates: the codebook's size V.</param>
public sealed class TokenSampler(int vocabulary)
{
    // (leading zeros + 1) · ln 2 is never below the noise; the constant is a little above ln 2 to cover rounding.
    const float NoiseCeiling = 0.69315f;

    readonly float[] _logits = new float[vocabulary];
    readonly ulong[] _keys = new ulong[vocabulary];

    /// <summary>Draws a token.</summary>
    /// <param name="conditional">Logits of the prompt's row <c>[V]</c>.</param>
    /// <param name="unconditional">Logits of the empty or negative prompt's row <c>[V]</c>; not read at guidance scale 1.</param>
    /// <param name="parameters">Valid parameters, see <see cref="SamplingLimits"/>.</param>
    /// <param name="draw">Which random numbers to use.</param>
    /// <returns>A token id, 0 to V − 1; equal scores give the lowest id.</returns>
    /// <exception cref="EngineRequestException"><c>invalid_logits</c>: a logit is not a number or is positive infinity.</exception>
    public int Sample(ReadOnlySpan<float> conditional, ReadOnlySpan<float> unconditional, SamplingParams parameters, TokenDraw draw)
    {
        Guide(conditional, unconditional, parameters.GuidanceScale);
        int likeliest = Likeliest(draw.Position);
        if (parameters.Temperature == 0)
        {
            return likeliest;
        }
        ApplyTemperature(_logits[likeliest], parameters.Temperature);
        if ((parameters.TopK > 0 && parameters.TopK < vocabulary) || parameters.TopP < 1)
        {
            RemoveBelow(FindThreshold(parameters));
        }
        return LargestNoisyLogit(draw);
    }

    // u + λ(c − u), Parti §2.4. Scale 1 takes the conditional logits as they are: u + (c − u) would round.
    void Guide(ReadOnlySpan<float> conditional, ReadOnlySpan<float> unconditional, float scale)
    {
        if (scale == 1)
        {
            conditional[..vocabulary].CopyTo(_logits);
            return;
        }
        ReadOnlySpan<float> c = conditional[..vocabulary], u = unconditional[..vocabulary];
        for (int i = 0; i < vocabulary; i++)
        {
            _logits[i] = u[i] + scale * (c[i] - u[i]);
        }
    }

    int Likeliest(int position)
    {
        int best = -1;
        float bestLogit = float.NegativeInfinity;
        for (int i = 0; i < vocabulary; i++)
        {
            float logit = _logits[i];
            if (float.IsNaN(logit) || float.IsPositiveInfinity(logit))
            {
                throw InvalidLogits(logit, i, position);
            }
            if (logit > bestLogit)
            {
                (best, bestLogit) = (i, logit);
            }
        }
        return best >= 0 ? best : throw InvalidLogits(bestLogit, 0, position);
    }

    // Relative to the largest logit, so that a tiny temperature cannot overflow. Adding 0 turns −0 into 0: equal logits, equal keys.
    void ApplyTemperature(float largest, float temperature)
    {
        for (int i = 0; i < vocabulary; i++)
        {
            _logits[i] = (_logits[i] - largest) / temperature + 0f;
        }
    }

    // Keys order candidates by logit, then by lower id; all differ, so "the k largest" is always exactly k.
    ulong FindThreshold(SamplingParams parameters)
    {
        for (int i = 0; i < vocabulary; i++)
        {
            _keys[i] = Key(_logits[i], i);
        }
        int kept = parameters.TopK > 0 ? Math.Min(parameters.TopK, vocabulary) : vocabulary;
        Span<ulong> candidates = _keys.AsSpan(vocabulary - kept);
        Selection.MoveLargestToEnd(_keys, kept);
        if (parameters.TopP == 1)
        {
            return Selection.Smallest(candidates);
        }
        candidates.Sort();
        return Nucleus(candidates, parameters.TopP);
    }

    // The shortest run of likeliest candidates whose share of the candidates' probability reaches topP; never empty.
    ulong Nucleus(ReadOnlySpan<ulong> ascending, float topP)
    {
        double total = 0;
        for (int i = ascending.Length - 1; i >= 0; i--)
        {
            total += Mass(ascending[i]);
        }
        double reached = 0;
        for (int i = ascending.Length - 1; i > 0; i--)
        {
            reached += Mass(ascending[i]);
            if (reached >= topP * total)
            {
                return ascending[i];
            }
        }
        return ascending[0];
    }

    double Mass(ulong key) => PortableMath.Exp(_logits[Id(key)]);

    void RemoveBelow(ulong threshold)
    {
        for (int i = 0; i < vocabulary; i++)
        {
            if (Key(_logits[i], i) < threshold)
            {
                _logits[i] = float.NegativeInfinity;
            }
        }
    }

    int LargestNoisyLogit(TokenDraw draw)
    {
        int best = -1;
        float bestScore = float.NegativeInfinity;
        for (int start = 0; start < vocabulary; start += 4)
        {
            PhiloxBlock words = draw.Words(start / 4);
            for (int i = start; i < Math.Min(start + 4, vocabulary); i++)
            {
                uint word = words[i - start];
                // −log(−log u) ≤ −log(1 − u): most candidates are ruled out without a logarithm.
                if (_logits[i] + (BitOperations.LeadingZeroCount(~word) + 1) * NoiseCeiling <= bestScore)
                {
                    continue;
                }
                float score = _logits[i] + TokenDraw.Gumbel(word);
                if (score > bestScore)
                {
                    (best, bestScore) = (i, score);
                }
            }
        }
        return best;
    }

    static ulong Key(float logit, int id)
    {
        uint bits = BitConverter.SingleToUInt32Bits(logit);
        uint ascending = (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
        return ((ulong)ascending << 32) | ~(uint)id;
    }

    static int Id(ulong key) => (int)~(uint)key;

    static EngineRequestException InvalidLogits(float logit, int id, int position) => new(
        "invalid_logits",
        $"The model gave logit {logit} for token {id} at position {position}: its weights or this request's text states are damaged. "
        + "Verify the model's files, then try again.");
}
