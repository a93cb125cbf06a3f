using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Parti.Inference.Kernels;

/// <summary>
/// What a decode step does to one row beside products and norms. IEEE additions, multiplications, fused multiply-adds, divisions and roots in an
/// order that the lengths alone decide, so that the bits are the same on every machine.
/// </summary>
static unsafe class RowMath
{
    const float Log2E = 1.44269504f, Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    // Below this the exponential is no normal number any more.
    const float LeastExponent = -87;

    /// <summary>Dot product of two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(float* a, float* b, int count)
    {
        Vector256<float> even = Vector256<float>.Zero, odd = Vector256<float>.Zero;
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            even = Vector256.FusedMultiplyAdd(Vector256.Load(a + i), Vector256.Load(b + i), even);
            odd = Vector256.FusedMultiplyAdd(Vector256.Load(a + i + 8), Vector256.Load(b + i + 8), odd);
        }
        for (; i + 8 <= count; i += 8)
        {
            even = Vector256.FusedMultiplyAdd(Vector256.Load(a + i), Vector256.Load(b + i), even);
        }
        float sum = Across(even + odd);
        for (; i < count; i++)
        {
            sum = MathF.FusedMultiplyAdd(a[i], b[i], sum);
        }
        return sum;
    }

    /// <summary><c>y += factor · x</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(float* y, float* x, float factor, int count)
    {
        Vector256<float> factors = Vector256.Create(factor);
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Vector256.FusedMultiplyAdd(factors, Vector256.Load(x + i), Vector256.Load(y + i)).Store(y + i);
        }
        for (; i < count; i++)
        {
            y[i] = MathF.FusedMultiplyAdd(factor, x[i], y[i]);
        }
    }

    /// <summary>Adds vectors, weighted: <c>y = fma(w[i], x[i], y)</c> for i ascending.</summary>
    /// <param name="weights"><c>[count]</c>.</param>
    /// <param name="x">Vectors <c>[count, width]</c>.</param>
    /// <param name="next">Vectors of the same size that are read next; asked for meanwhile.</param>
    /// <param name="count">Vectors.</param>
    /// <param name="width">E.</param>
    /// <param name="y"><c>[width]</c>; changed.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mix(float* weights, float* x, float* next, int count, int width, float* y)
    {
        int at = 0;
        for (; at + 32 <= width; at += 32)
        {
            Vector256<float> y0 = Vector256.Load(y + at), y1 = Vector256.Load(y + at + 8), y2 = Vector256.Load(y + at + 16), y3 = Vector256.Load(y + at + 24);
            float* from = x + at, ask = next + at;
            for (int i = 0; i < count; i++, from += width, ask += width)
            {
                CacheLines.Ask(ask, 32);
                Vector256<float> weight = Vector256.Create(weights[i]);
                y0 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(from), y0);
                y1 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(from + 8), y1);
                y2 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(from + 16), y2);
                y3 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(from + 24), y3);
            }
            y0.Store(y + at);
            y1.Store(y + at + 8);
            y2.Store(y + at + 16);
            y3.Store(y + at + 24);
        }
        for (int i = 0; at < width && i < count; i++)
        {
            AddScaled(y + at, x + (long)i * width + at, weights[i], width - at);
        }
    }

    /// <summary><c>y += x</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* y, float* x, int count)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            (Vector256.Load(y + i) + Vector256.Load(x + i)).Store(y + i);
        }
        for (; i < count; i++)
        {
            y[i] += x[i];
        }
    }

    /// <summary>Negative values become 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rectify(float* x, int count)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Vector256.Max(Vector256.Load(x + i), Vector256<float>.Zero).Store(x + i);
        }
        for (; i < count; i++)
        {
            x[i] = x[i] > 0 || float.IsNaN(x[i]) ? x[i] : 0;
        }
    }

    /// <summary>Exponentials of the distances to the largest value, in place.</summary>
    /// <param name="x">Scores <c>[count]</c>; room for a multiple of 8.</param>
    /// <param name="count">At least 1.</param>
    /// <returns>Their sum, at least 1; not a number where a score is none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Exponentials(float* x, int count)
    {
        float largest = x[0];
        for (int i = 1; i < count; i++)
        {
            largest = x[i] > largest ? x[i] : largest;
        }
        Vector256<float> top = Vector256.Create(largest);
        for (int i = count; i % 8 != 0; i++)
        {
            x[i] = float.NegativeInfinity;
        }
        for (int i = 0; i < count; i += 8)
        {
            Exp(Vector256.Load(x + i) - top).Store(x + i);
        }
        return Sum(x, count);
    }

    /// <summary>Exponentials of numbers at most 0, relative error below 2e-7; 0 below −87.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        // 2^n · e^r with |r| ≤ ln 2 / 2; ln 2 in two parts, the first of few bits, so that n · ln 2 is exact.
        Vector256<float> n = Vector256.Round(Vector256.Max(x, Vector256.Create(LeastExponent)) * Vector256.Create(Log2E));
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2High), Vector256.Max(x, Vector256.Create(LeastExponent)));
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2Low), r);
        Vector256<float> p = Vector256.Create(1f / 5040);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 720));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 120));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 24));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 6));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(0.5f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<float>.One);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<float>.One);
        Vector256<float> power = Vector256.ShiftLeft(Vector256.ConvertToInt32(n) + Vector256.Create(127), 23).AsSingle();
        Vector256<float> result = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(LeastExponent)), Vector256<float>.Zero, p * power);
        return Vector256.ConditionalSelect(Vector256.Equals(x, x), result, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Sum(float* x, int count)
    {
        Vector256<float> sums = Vector256<float>.Zero;
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            sums += Vector256.Load(x + i);
        }
        float sum = Across(sums);
        for (; i < count; i++)
        {
            sum += x[i];
        }
        return sum;
    }

    // Written out, as the order in which the framework adds lanes is not promised.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Across(Vector256<float> v)
    {
        Vector128<float> four = v.GetLower() + v.GetUpper();
        return (four.GetElement(0) + four.GetElement(2)) + (four.GetElement(1) + four.GetElement(3));
    }
}
