namespace Parti.Inference.Kernels;

/// <summary>
/// A weight matrix <c>[outputs, inputs]</c> laid out as the product reads it: panels of 32 outputs, each <c>[inputs, 32]</c>, so that a
/// panel streams through memory once for all rows and every output has a vector lane of its own.
/// </summary>
sealed unsafe class PackedMatrix : IDisposable
{
    /// <summary>Outputs of a panel: four vectors of eight.</summary>
    public const int PanelWidth = 32;

    readonly NativeFloats _weights;

    /// <summary>Lays out matrices of equally many inputs, one below the other.</summary>
    /// <param name="inputs">Columns K of each.</param>
    /// <param name="parts">Row-major weights, <c>[outputs, inputs]</c> each.</param>
    public PackedMatrix(int inputs, params ReadOnlySpan<float[]> parts)
    {
        Inputs = inputs;
        foreach (float[] part in parts)
        {
            Outputs += part.Length / inputs;
        }
        _weights = new((long)Panels * inputs * PanelWidth);
        int first = 0;
        foreach (float[] part in parts)
        {
            first = Pack(part, first);
        }
    }

    /// <summary>K.</summary>
    public int Inputs { get; }

    /// <summary>N.</summary>
    public int Outputs { get; }

    /// <summary>Panels, the last one padded with zeros.</summary>
    public int Panels => (Outputs + PanelWidth - 1) / PanelWidth;

    /// <summary>Outputs with padding: the stride of a result.</summary>
    public int Stride => Panels * PanelWidth;

    /// <summary>Bytes of weights that a product reads.</summary>
    public long Bytes => _weights.Count * sizeof(float);

    /// <summary>The weights of a panel, <c>[inputs, 32]</c>.</summary>
    public float* Panel(int panel) => _weights.Pointer + (long)panel * Inputs * PanelWidth;

    /// <inheritdoc />
    public void Dispose() => _weights.Dispose();

    int Pack(float[] weights, int first)
    {
        int outputs = weights.Length / Inputs;
        for (int n = 0; n < outputs; n++)
        {
            float* column = Panel((first + n) / PanelWidth) + (first + n) % PanelWidth;
            for (int k = 0; k < Inputs; k++)
            {
                column[(long)k * PanelWidth] = weights[(long)n * Inputs + k];
            }
        }
        return first + outputs;
    }
}
