using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Parti.Inference.Kernels;

/// <summary>Activation functions of a row, from the same few IEEE operations as <see cref="RowMath"/>.</summary>
static unsafe class Activations
{
    // 1/√2, and the scale of t = 1 / (1 + s z) that the polynomial was fitted for.
    const float RootHalf = 0.707106781f, Spread = 0.3f;

    /// <summary>A gated linear unit: <c>gate = GELU(gate) · linear</c>, with the exact GELU <c>x Φ(x)</c>.</summary>
    /// <param name="gate"><c>[count]</c>; changed.</param>
    /// <param name="linear"><c>[count]</c>.</param>
    /// <param name="count">F.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GateByGelu(float* gate, float* linear, int count)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            (Gelu(Vector256.Load(gate + i)) * Vector256.Load(linear + i)).Store(gate + i);
        }
        for (; i < count; i++)
        {
            gate[i] = Gelu(Vector256.Create(gate[i])).ToScalar() * linear[i];
        }
    }

    /// <summary>A gated linear unit: <c>gate = gate σ(gate) · linear</c> (SwiGLU).</summary>
    /// <inheritdoc cref="GateByGelu" path="/param"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GateBySilu(float* gate, float* linear, int count)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            (Silu(Vector256.Load(gate + i)) * Vector256.Load(linear + i)).Store(gate + i);
        }
        for (; i < count; i++)
        {
            gate[i] = Silu(Vector256.Create(gate[i])).ToScalar() * linear[i];
        }
    }

    /// <summary>Every number through the exact GELU, in place.</summary>
    /// <param name="x"><c>[count]</c>.</param>
    /// <param name="count">Numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gelu(float* x, int count)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Gelu(Vector256.Load(x + i)).Store(x + i);
        }
        for (; i < count; i++)
        {
            x[i] = Gelu(Vector256.Create(x[i])).ToScalar();
        }
    }

    /// <summary><c>x σ(x)</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Silu(Vector256<float> x)
    {
        // The exponential takes no positive numbers; σ(x) is 1 / (1 + e^−|x|), times that exponential where x is negative.
        Vector256<float> tail = RowMath.Exp(-Vector256.Abs(x));
        return x * Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), tail, Vector256<float>.One) / (Vector256<float>.One + tail);
    }

    /// <summary><c>x Φ(x)</c>, absolute error below 3e-7 times the larger of 1 and |x|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Gelu(Vector256<float> x)
    {
        Vector256<float> z = Vector256.Abs(x) * Vector256.Create(RootHalf);
        // Half of erfc(z) = e^(−z²) t P(t): a Chebyshev interpolation of erfc(z) e^(z²) / t of our own, relative error 2.4e-8.
        Vector256<float> t = Vector256<float>.One / Vector256.FusedMultiplyAdd(z, Vector256.Create(Spread), Vector256<float>.One);
        Vector256<float> p = Vector256.Create(-0.130419334f);
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.490205140f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-0.522535962f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.560327381f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-0.104055148f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.219276235f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.147123141f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.170902715f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.169175812f));
        Vector256<float> tail = RowMath.Exp(-(z * z)) * t * p * Vector256.Create(0.5f);
        Vector256<float> share = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), tail, Vector256<float>.One - tail);
        return x * share;
    }
}
