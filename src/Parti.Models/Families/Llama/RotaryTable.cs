namespace Parti.Models.Families.Llama;

/// <summary>
/// Cosines and sines by which positions turn queries and keys (Su et al. 2021), <c>[rows, E / 2]</c> each. With
/// <see cref="RotaryKind.Sequence"/> row p is position p; with <see cref="RotaryKind.Grid"/> row 0 is every position of the prefix, all zero,
/// and row 1 + i image token i.
/// </summary>
public sealed class RotaryTable
{
    private readonly LlamaArchitecture _sizes;

    /// <summary>Computes the table, in single precision as published models do.</summary>
    /// <param name="sizes">Sizes.</param>
    public RotaryTable(LlamaArchitecture sizes)
    {
        _sizes = sizes;
        Pairs = sizes.HeadWidth / 2;
        Rows = sizes.Rotary == RotaryKind.Sequence ? sizes.Positions : 1 + sizes.ImageTokens;
        (Cosines, Sines) = (new float[Rows * Pairs], new float[Rows * Pairs]);
        for (int row = sizes.Rotary == RotaryKind.Sequence ? 0 : 1; row < Rows; row++)
        {
            for (int pair = 0; pair < Pairs; pair++)
            {
                float angle = Angle(row, pair);
                (Sines[row * Pairs + pair], Cosines[row * Pairs + pair]) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
            }
        }
    }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Pairs of a head, E / 2.</summary>
    public int Pairs { get; }

    /// <summary>Cosines, row-major.</summary>
    public float[] Cosines { get; }

    /// <summary>Sines, row-major.</summary>
    public float[] Sines { get; }

    /// <summary>Row of an input.</summary>
    /// <param name="prefix">Inputs of its sequence before the image, at least 1.</param>
    /// <param name="position">Image position whose token follows from the input: 0 for the last of the prefix, below 0 for earlier ones.</param>
    public int RowOf(int prefix, int position) => _sizes.Rotary == RotaryKind.Sequence ? prefix - 1 + position : Math.Max(0, position);

    private float Angle(int row, int pair)
    {
        if (_sizes.Rotary == RotaryKind.Sequence)
        {
            return row * Frequency(pair, _sizes.HeadWidth);
        }
        int half = Pairs / 2, token = row - 1;
        int place = pair < half ? token / _sizes.GridWidth : token % _sizes.GridWidth;
        return place * Frequency(pair % half, Pairs);
    }

    private float Frequency(int pair, int width) => 1 / (float)Math.Pow(_sizes.RotaryBase, (float)(2 * pair) / width);
}
