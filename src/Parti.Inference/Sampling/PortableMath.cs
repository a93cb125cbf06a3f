namespace Parti.Inference.Sampling;

/// <summary>
/// Logarithm and exponential from IEEE additions, multiplications and divisions only.
/// A C library's versions differ in the last bit between platforms and processors; these give equal bits on every machine
/// on which .NET runs, so that the drawn token depends on the logits alone.
/// </summary>
public static class PortableMath
{
    const double Ln2 = 0.693147180559945309417232121458176568;
    // Ln2High has 21 zero bits at its end: its product with an exponent is exact.
    const double Ln2High = 6.93147180369123816490e-01, Ln2Low = 1.90821492927058770002e-10;

    /// <summary>Natural logarithm, relative error below 1e-14 away from 1 and absolute error below 1e-15 near it.</summary>
    /// <param name="x">A positive, normal number.</param>
    public static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)(bits >> 52) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
        if (mantissa > 1.4142135623730951)
        {
            mantissa *= 0.5;
            exponent++;
        }
        // log m = 2 artanh(s); |s| < 0.172, so the first omitted term is below 1e-17.
        double s = (mantissa - 1) / (mantissa + 1), z = s * s;
        double series = z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * (1.0 / 11
            + z * (1.0 / 13 + z * (1.0 / 15 + z * (1.0 / 17 + z * (1.0 / 19 + z * (1.0 / 21))))))))));
        return exponent * Ln2High + (2 * s + (2 * s * series + exponent * Ln2Low));
    }

    /// <summary>Exponential of a number at most 0, relative error below 1e-14; 0 below -700.</summary>
    /// <param name="x">At most 0; negative infinity gives 0.</param>
    public static double Exp(double x)
    {
        if (x < -700)
        {
            return 0;
        }
        int exponent = (int)(x * (1 / Ln2) - 0.5);
        double r = x - exponent * Ln2High - exponent * Ln2Low;
        // |r| < 0.347: the first omitted term is below 1e-17.
        double e = 1 + r * (1 + r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720
            + r * (1.0 / 5040 + r * (1.0 / 40320 + r * (1.0 / 362880 + r * (1.0 / 3628800 + r * (1.0 / 39916800 + r * (1.0 / 479001600))))))))))));
        return e * BitConverter.Int64BitsToDouble((long)(1023 + exponent) << 52);
    }
}
