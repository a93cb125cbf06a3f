using Parti.Inference.Execution;

namespace Parti.Inference.Kernels;

/// <summary>
/// Inputs of a decoder whose text is a prefix of its own sequence: up to position 0 the row's text states, then image tokens. The last
/// state predicts the first image token.
/// </summary>
/// <param name="width">D.</param>
/// <param name="rows">Rows of the caches.</param>
/// <param name="tokens">Inputs of image tokens <c>[V, D]</c>.</param>
/// <param name="turn">Row of the rotary table of an input: length of its prefix, position.</param>
sealed unsafe class PrefixInput(int width, int rows, float[] tokens, Func<int, int, int> turn) : DecoderInput
{
    readonly NativeFloats _tokens = NativeFloats.Of(tokens);
    readonly (float[] States, int Length)[] _prefixes = [.. Enumerable.Repeat((new float[width], 1), rows)];

    public override void Enter(int row, float[] states, int tokens) => _prefixes[row] = (states, tokens);

    public override StepRow Place(DecodeRow row)
    {
        int length = _prefixes[row.Row].Length;
        return new(row.Row, length - 1 + row.Position, turn(length, row.Position));
    }

    public override void Embed(DecodeRow row, float* x)
    {
        Span<float> to = new(x, width);
        if (row.Position > 0)
        {
            _tokens.Span((long)row.Token * width, width).CopyTo(to);
            return;
        }
        (float[] states, int length) = _prefixes[row.Row];
        states.AsSpan((length - 1 + row.Position) * width, width).CopyTo(to);
    }

    public override void Dispose() => _tokens.Dispose();
}
