namespace Parti.Inference.Execution;

/// <summary>
/// Where the steps of one image looked in its text: weights of cross-attention, added up over all layers. Written by the threads of a step, no two of
/// which have the same head and position; read when the image's steps are over.
/// </summary>
/// <remarks>Legend: H heads, N image tokens, T text tokens.</remarks>
public sealed class AttentionRecord
{
    readonly int _heads, _layers, _positions, _tokens;
    readonly float[] _sums;

    /// <summary>An empty record.</summary>
    /// <param name="heads">H.</param>
    /// <param name="layers">Layers that will be added.</param>
    /// <param name="positions">N.</param>
    /// <param name="tokens">T.</param>
    public AttentionRecord(int heads, int layers, int positions, int tokens)
    {
        (_heads, _layers, _positions, _tokens) = (heads, layers, positions, tokens);
        _sums = new float[(long)heads * positions * tokens];
    }

    /// <summary>Adds weights of some layers.</summary>
    /// <param name="head">Head.</param>
    /// <param name="position">Position of the image token that the step decides.</param>
    /// <param name="weights"><c>[T]</c>, or longer.</param>
    public void Add(int head, int position, ReadOnlySpan<float> weights)
    {
        Span<float> sums = Of(head, position);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += weights[i];
        }
    }

    /// <summary>Weights as means over layers and heads <c>[N, T]</c>; those of a position add up to 1.</summary>
    public float[] Mean()
    {
        float[] mean = new float[_positions * _tokens];
        float scale = 1f / (_heads * _layers);
        for (int head = 0; head < _heads; head++)
        {
            for (int i = 0; i < mean.Length; i++)
            {
                mean[i] += _sums[head * mean.Length + i] * scale;
            }
        }
        return mean;
    }

    Span<float> Of(int head, int position) => _sums.AsSpan((head * _positions + position) * _tokens, _tokens);
}
