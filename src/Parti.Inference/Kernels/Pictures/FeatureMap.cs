namespace Parti.Inference.Kernels.Pictures;

/// <summary>
/// A picture's features, channels of a cell side by side: <c>[H, W, S]</c>. S is the number of channels rounded up to a panel of a
/// <see cref="PackedMatrix"/>, so that products are written where they belong; what is behind the channels is 0.
/// </summary>
/// <param name="data">The first number.</param>
/// <param name="height">Rows H.</param>
/// <param name="width">Columns W.</param>
/// <param name="channels">Channels C.</param>
readonly unsafe struct FeatureMap(float* data, int height, int width, int channels)
{
    /// <summary>The first number.</summary>
    public float* Data { get; } = data;

    /// <summary>Rows H.</summary>
    public int Height { get; } = height;

    /// <summary>Columns W.</summary>
    public int Width { get; } = width;

    /// <summary>Channels C.</summary>
    public int Channels { get; } = channels;

    /// <summary>Floats S from a cell to the next.</summary>
    public int Stride => StrideOf(Channels);

    /// <summary>Cells.</summary>
    public int Cells => Height * Width;

    /// <summary>The cells from one on.</summary>
    public float* Cell(int cell) => Data + (long)cell * Stride;

    /// <summary>Floats S of so many channels.</summary>
    public static int StrideOf(int channels) => (channels + PackedMatrix.PanelWidth - 1) / PackedMatrix.PanelWidth * PackedMatrix.PanelWidth;
}
