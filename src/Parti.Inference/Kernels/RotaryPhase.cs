using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Parti.Inference.Kernels;

/// <summary>
/// What turns queries and keys with the position, laid out for a head: number i becomes <c>x[i] · c[i] + x[partner(i)] · s[i]</c>, the sign in s.
/// </summary>
sealed unsafe class RotaryWeights : IDisposable
{
    readonly NativeFloats _cosines, _sines;
    readonly bool _neighbours;

    /// <summary>Lays out a table.</summary>
    /// <param name="cosines"><c>[rows, E / 2]</c>.</param>
    /// <param name="sines"><c>[rows, E / 2]</c>.</param>
    /// <param name="pairs">E / 2.</param>
    /// <param name="neighbours">Whether neighbouring numbers are pairs; else the first half is paired with the second.</param>
    public RotaryWeights(float[] cosines, float[] sines, int pairs, bool neighbours)
    {
        (HeadWidth, Rows, _neighbours) = (2 * pairs, cosines.Length / pairs, neighbours);
        (_cosines, _sines) = (new(2L * cosines.Length), new(2L * sines.Length));
        for (int i = 0; i < cosines.Length; i++)
        {
            int row = i / pairs * HeadWidth, pair = i % pairs;
            int first = row + (neighbours ? 2 * pair : pair), second = row + (neighbours ? 2 * pair + 1 : pairs + pair);
            _cosines.Pointer[first] = _cosines.Pointer[second] = cosines[i];
            (_sines.Pointer[first], _sines.Pointer[second]) = (-sines[i], sines[i]);
        }
    }

    /// <summary>E.</summary>
    public int HeadWidth { get; }

    /// <summary>Rows of the table.</summary>
    public int Rows { get; }

    /// <summary>Turns neighbouring heads.</summary>
    /// <param name="row">Row of the table.</param>
    /// <param name="x"><c>[heads, E]</c>; changed.</param>
    /// <param name="heads">Heads.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Turn(int row, float* x, int heads)
    {
        float* cosines = _cosines.Pointer + (long)row * HeadWidth, sines = _sines.Pointer + (long)row * HeadWidth;
        float* before = stackalloc float[HeadWidth];
        for (int head = 0; head < heads; head++, x += HeadWidth)
        {
            Partners(x, before);
            int i = 0;
            for (; i + 8 <= HeadWidth; i += 8)
            {
                Vector256.FusedMultiplyAdd(Vector256.Load(before + i), Vector256.Load(sines + i), Vector256.Load(x + i) * Vector256.Load(cosines + i)).Store(x + i);
            }
            for (; i < HeadWidth; i++)
            {
                x[i] = MathF.FusedMultiplyAdd(before[i], sines[i], x[i] * cosines[i]);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _cosines.Dispose();
        _sines.Dispose();
    }

    void Partners(float* x, float* to)
    {
        int half = HeadWidth / 2;
        if (!_neighbours)
        {
            new ReadOnlySpan<float>(x + half, half).CopyTo(new Span<float>(to, half));
            new ReadOnlySpan<float>(x, half).CopyTo(new Span<float>(to + half, half));
            return;
        }
        for (int i = 0; i < HeadWidth; i += 2)
        {
            (to[i], to[i + 1]) = (x[i + 1], x[i]);
        }
    }
}

/// <summary>Turns queries and keys of one row a part.</summary>
/// <param name="state">The step.</param>
/// <param name="rotary">The table.</param>
/// <param name="heads">Heads of queries and of keys, which lie one after another.</param>
/// <param name="projections">Queries, keys and values.</param>
/// <param name="stride">Floats between their rows.</param>
sealed unsafe class RotaryPhase(StepState state, RotaryWeights rotary, int heads, float* projections, int stride) : Phase
{
    // Two multiply-adds a number: fewer are done sooner than shared.
    const int LeastShared = 20_000;

    public override int Parts => state.Rows;

    public override bool Shared => (long)state.Rows * heads * rotary.HeadWidth >= LeastShared;

    public override void Run(int part, int thread) => rotary.Turn(state.Turns[part], projections + (long)part * stride, heads);
}
