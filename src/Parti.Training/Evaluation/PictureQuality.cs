namespace Parti.Training.Evaluation;

/// <summary>How near one picture is to another, over red, green and blue bytes.</summary>
public static class PictureQuality
{
    /// <summary>What <see cref="Psnr"/> gives where it would be infinite or above, in decibels, so that means stay finite.</summary>
    public const double MaxPsnr = 100;

    /// <summary>Peak signal-to-noise ratio <c>10 log₁₀(255² / mean squared error)</c>, 0 to <see cref="MaxPsnr"/> decibels.</summary>
    /// <param name="one">A picture, <c>[height, width, 3]</c> bytes.</param>
    /// <param name="other">Another of the same size.</param>
    /// <exception cref="ArgumentException">The pictures have no or not equally many bytes.</exception>
    public static double Psnr(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        if (one.Length == 0 || one.Length != other.Length)
        {
            throw new ArgumentException($"The pictures have {one.Length} and {other.Length} bytes; they must have the same size.", nameof(other));
        }
        long squares = 0;
        for (int i = 0; i < one.Length; i++)
        {
            int difference = one[i] - other[i];
            squares += difference * difference;
        }
        return squares == 0 ? MaxPsnr : Math.Min(MaxPsnr, 10 * Math.Log10(255.0 * 255 * one.Length / squares));
    }
}
