using Parti.Models.Checkpoints;
using Parti.Models.Quantisation;

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
    readonly NativeFloats? _scales;

    /// <summary>Lays out matrices of equally many inputs in float32, one below the other.</summary>
    /// <inheritdoc cref="PackedMatrix(int, WeightFormat, ReadOnlySpan{float[]})" path="/param"/>
    public PackedMatrix(int inputs, params ReadOnlySpan<float[]> parts)
        : this(inputs, WeightFormat.Float32, parts)
    {
    }

    /// <summary>Lays out matrices of equally many inputs, one below the other.</summary>
    /// <param name="inputs">Columns K of each.</param>
    /// <param name="format">How the weights are kept.</param>
    /// <param name="parts">Row-major weights, <c>[outputs, inputs]</c> each.</param>
    public PackedMatrix(int inputs, WeightFormat format, params ReadOnlySpan<float[]> parts)
    {
        (Inputs, Format) = (inputs, format);
        foreach (float[] part in parts)
        {
            Outputs += part.Length / inputs;
        }
        long weights = (long)Panels * inputs * PanelWidth;
        _weights = new(format == WeightFormat.Int8 ? (weights + sizeof(float) - 1) / sizeof(float) : weights);
        _scales = format == WeightFormat.Int8 ? new((long)Panels * Blocks * PanelWidth) : null;
        int first = 0;
        foreach (float[] part in parts)
        {
            first = format == WeightFormat.Int8 ? PackInt8(part, first) : Pack(part, first);
        }
    }

    /// <summary>How the weights are kept.</summary>
    public WeightFormat Format { get; }

    /// <summary>K.</summary>
    public int Inputs { get; }

    /// <summary>N.</summary>
    public int Outputs { get; }

    /// <summary>Panels, the last one padded with zeros.</summary>
    public int Panels => (Outputs + PanelWidth - 1) / PanelWidth;

    /// <summary>Outputs with padding: the stride of a result.</summary>
    public int Stride => Panels * PanelWidth;

    /// <summary>Bytes of weights that a product reads.</summary>
    public long Bytes => (_weights.Count + (_scales?.Count ?? 0)) * sizeof(float);

    int Blocks => Int8Blocks.Count(Inputs);

    /// <summary>The weights of a panel in float32, <c>[inputs, 32]</c>.</summary>
    public float* Panel(int panel) => _weights.Pointer + (long)panel * Inputs * PanelWidth;

    /// <summary>The weights of a panel in eight bits, <c>[inputs, 32]</c>.</summary>
    public sbyte* PanelInt8(int panel) => (sbyte*)_weights.Pointer + (long)panel * Inputs * PanelWidth;

    /// <summary>The scales of a panel's blocks, <c>[blocks, 32]</c>.</summary>
    public float* Scales(int panel) => _scales!.Pointer + (long)panel * Blocks * PanelWidth;

    /// <inheritdoc />
    public void Dispose()
    {
        _weights.Dispose();
        _scales?.Dispose();
    }

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

    int PackInt8(float[] weights, int first)
    {
        int outputs = weights.Length / Inputs;
        sbyte[] values = new sbyte[Inputs];
        float[] scales = new float[Blocks];
        for (int n = 0; n < outputs; n++)
        {
            Int8Blocks.Quantise(weights.AsSpan(n * Inputs, Inputs), values, scales);
            int panel = (first + n) / PanelWidth, lane = (first + n) % PanelWidth;
            sbyte* column = PanelInt8(panel) + lane;
            for (int k = 0; k < Inputs; k++)
            {
                column[(long)k * PanelWidth] = values[k];
            }
            for (int block = 0; block < scales.Length; block++)
            {
                Scales(panel)[block * PanelWidth + lane] = scales[block];
            }
        }
        return first + outputs;
    }
}
