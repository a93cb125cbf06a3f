using TorchSharp;

namespace Parti.Native;

/// <summary>
/// A few operations of the kinds inference lives on, compared with results worked out in plain C#. A libtorch whose
/// binary interface differs, or a kernel wrong for this processor, shows here and not as a strange picture.
/// </summary>
internal static class TorchSelfTest
{
    const int Size = 48;
    const float Tolerance = 1e-5f;

    /// <summary>Runs every check.</summary>
    /// <returns>The name of the first operation whose result is wrong, or null.</returns>
    public static string? FirstFailure()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using (torch.no_grad())
        {
            return !MatMul() ? "matmul" : !Convolution() ? "conv2d" : !Softmax() ? "softmax" : null;
        }
    }

    /// <summary>Small integers: every order of summation gives the same float, so the result is exact.</summary>
    static bool MatMul()
    {
        float[] a = Pattern(Size * Size, 7), b = Pattern(Size * Size, 5), expected = new float[Size * Size];
        for (int row = 0; row < Size; row++)
        {
            for (int column = 0; column < Size; column++)
            {
                for (int k = 0; k < Size; k++)
                {
                    expected[row * Size + column] += a[row * Size + k] * b[k * Size + column];
                }
            }
        }
        torch.Tensor product = torch.tensor(a, [Size, Size]).matmul(torch.tensor(b, [Size, Size]));
        return Near(product, expected, 0);
    }

    /// <summary>One 3x3 kernel over one picture, no padding, small integers.</summary>
    static bool Convolution()
    {
        const int Edge = 16, Result = Edge - 2;
        float[] picture = Pattern(Edge * Edge, 7), kernel = Pattern(9, 5), expected = new float[Result * Result];
        for (int i = 0; i < expected.Length; i++)
        {
            for (int k = 0; k < 9; k++)
            {
                expected[i] += kernel[k] * picture[(i / Result + k / 3) * Edge + i % Result + k % 3];
            }
        }
        torch.Tensor result = torch.nn.functional.conv2d(torch.tensor(picture, [1, 1, Edge, Edge]), torch.tensor(kernel, [1, 1, 3, 3]));
        return Near(result, expected, 0);
    }

    static bool Softmax()
    {
        float[] logits = Pattern(Size, 7);
        float[] exponentials = [.. logits.Select(MathF.Exp)];
        float sum = exponentials.Sum();
        return Near(torch.softmax(torch.tensor(logits, [1, Size]), -1), [.. exponentials.Select(value => value / sum)], Tolerance);
    }

    static float[] Pattern(int length, int period) => [.. Enumerable.Range(0, length).Select(i => (float)((i * 3 + i / period) % period - period / 2))];

    static bool Near(torch.Tensor actual, float[] expected, float tolerance)
    {
        float[] values = actual.data<float>().ToArray();
        return values.Length == expected.Length && values.Zip(expected).All(pair => MathF.Abs(pair.First - pair.Second) <= tolerance);
    }
}
