namespace Parti.Inference.Kernels.Pictures;

/// <summary>A convolution whose output is as large as its input, zeros around it. Any order of parts and threads gives the same bits.</summary>
/// <param name="inputs">Channels C.</param>
/// <param name="outputs">Channels K.</param>
/// <param name="bias">Added to each output <c>[K]</c>.</param>
abstract unsafe class Convolution(int inputs, int outputs, float[] bias) : IDisposable
{
    private readonly NativeFloats _bias = NativeFloats.Of([.. bias, .. new float[FeatureMap.StrideOf(outputs) - outputs]]);

    /// <summary>Channels C.</summary>
    public int Inputs { get; } = inputs;

    /// <summary>Channels K.</summary>
    public int Outputs { get; } = outputs;

    /// <summary>Added to each output, 0 behind the channels.</summary>
    protected float* Bias => _bias.Pointer;

    /// <summary>Computes <c>to = convolution(from) + bias</c>, and adds what is in <paramref name="to"/> already where asked.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="from">C channels; another memory than <paramref name="to"/>.</param>
    /// <param name="to">K channels; of the size of <paramref name="from"/>, or of <paramref name="doubled"/> that.</param>
    /// <param name="adds">Whether the result is added to <paramref name="to"/>.</param>
    /// <param name="doubled">Whether each cell of <paramref name="from"/> stands for two by two.</param>
    public void Run(KernelTeam team, FeatureMap from, FeatureMap to, bool adds = false, bool doubled = false)
    {
        using ConvolutionPhase phase = Phase(team.Threads, from, to, adds, doubled);
        team.Run(phase);
    }

    /// <inheritdoc />
    public virtual void Dispose() => _bias.Dispose();

    /// <summary>The parts of a run.</summary>
    protected abstract ConvolutionPhase Phase(int threads, FeatureMap from, FeatureMap to, bool adds, bool doubled);
}

/// <summary>Runs of neighbouring outputs, one a part, with scratch memory of each thread.</summary>
/// <param name="from">Input.</param>
/// <param name="to">Output.</param>
/// <param name="doubled">Whether each cell of the input stands for two by two.</param>
/// <param name="threads">Threads.</param>
/// <param name="scratch">Floats of each thread's scratch memory.</param>
abstract unsafe class ConvolutionPhase(FeatureMap from, FeatureMap to, bool doubled, int threads, long scratch) : Phase, IDisposable
{
    // What a cell outside of the picture holds, then a stretch for each thread.
    private readonly NativeFloats _memory = new(from.Stride + threads * scratch);

    protected FeatureMap From { get; } = from;

    protected FeatureMap To { get; } = to;

    public override bool Shared => true;

    public void Dispose() => _memory.Dispose();

    protected float* Scratch(int thread) => _memory.Pointer + From.Stride + thread * scratch;

    /// <summary>The input's cell that an output's neighbour reads.</summary>
    protected float* Neighbour(int row, int column)
    {
        int down = doubled ? 1 : 0;
        return row < 0 || column < 0 || row >= To.Height || column >= To.Width ? _memory.Pointer : From.Cell((row >> down) * From.Width + (column >> down));
    }
}
