namespace Parti.Training.Evaluation;

/// <summary>
/// Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004, equation 13): Gaussian windows of 11 x 11 px with σ 1.5 that lie
/// wholly in the picture, K₁ 0.01, K₂ 0.03, peak 255; the mean over windows and over red, green and blue.
/// </summary>
public static class StructuralSimilarity
{
    /// <summary>Edge of a window and least edge of a picture, in pixels.</summary>
    public const int Window = 11;

    const double Sigma = 1.5, C1 = 0.01 * 255 * 0.01 * 255, C2 = 0.03 * 255 * 0.03 * 255;
    const int Channels = 3;

    static readonly double[] Weights = Gaussian();

    /// <summary>The similarity of two pictures, −1 to 1; 1 for equal ones.</summary>
    /// <param name="one">A picture, <c>[height, width, 3]</c> bytes.</param>
    /// <param name="other">Another of the same size.</param>
    /// <param name="width">Width, at least <see cref="Window"/>.</param>
    /// <param name="height">Height, at least <see cref="Window"/>.</param>
    /// <exception cref="ArgumentException">The sizes do not fit the bytes, or are below the window's.</exception>
    public static double Of(byte[] one, byte[] other, int width, int height)
    {
        if (width < Window || height < Window || one.Length != (long)width * height * Channels || other.Length != one.Length)
        {
            throw new ArgumentException(
                $"{one.Length} and {other.Length} bytes are no two pictures of {width} x {height} x {Channels} of at least {Window} x {Window} px.", nameof(other));
        }
        double sum = 0;
        for (int channel = 0; channel < Channels; channel++)
        {
            sum += OfPlanes(Plane(one, channel), Plane(other, channel), width, height);
        }
        return sum / Channels;
    }

    static double OfPlanes(double[] x, double[] y, int width, int height)
    {
        double[] meanX = Filter(x, width, height), meanY = Filter(y, width, height);
        double[] squareX = Filter(Product(x, x), width, height), squareY = Filter(Product(y, y), width, height);
        double[] product = Filter(Product(x, y), width, height);
        double sum = 0;
        for (int i = 0; i < product.Length; i++)
        {
            double both = meanX[i] * meanY[i], squares = meanX[i] * meanX[i] + meanY[i] * meanY[i];
            double covariance = product[i] - both, variances = squareX[i] + squareY[i] - squares;
            sum += (2 * both + C1) * (2 * covariance + C2) / ((squares + C1) * (variances + C2));
        }
        return sum / product.Length;
    }

    /// <summary>Weighted means of every window, <c>[height − 10, width − 10]</c>: along rows, then down columns.</summary>
    static double[] Filter(double[] plane, int width, int height)
    {
        int across = width - Window + 1, down = height - Window + 1;
        double[] rows = new double[across * height], result = new double[across * down];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = Mean(plane, i / across * width + i % across, 1);
        }
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = Mean(rows, i, across);
        }
        return result;
    }

    static double Mean(double[] values, int start, int stride)
    {
        double sum = 0;
        for (int k = 0; k < Window; k++)
        {
            sum += Weights[k] * values[start + k * stride];
        }
        return sum;
    }

    static double[] Plane(byte[] rgb, int channel)
    {
        double[] plane = new double[rgb.Length / Channels];
        for (int i = 0; i < plane.Length; i++)
        {
            plane[i] = rgb[Channels * i + channel];
        }
        return plane;
    }

    static double[] Product(double[] x, double[] y) => [.. x.Zip(y, (a, b) => a * b)];

    static double[] Gaussian()
    {
        double[] raw = [.. Enumerable.Range(-(Window / 2), Window).Select(d => Math.Exp(-d * d / (2 * Sigma * Sigma)))];
        double sum = raw.Sum();
        return [.. raw.Select(weight => weight / sum)];
    }
}
