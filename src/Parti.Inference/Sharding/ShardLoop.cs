using Parti.Inference.Kernels;

namespace Parti.Inference.Sharding;

/// <summary>A shard's layers, its session and the fences of its lanes. Used by one thread.</summary>
sealed unsafe class ShardLoop : IDisposable
{
    private readonly ShardLayers _weights;
    private readonly KernelTeam _team;
    private readonly DecoderShard _layers;
    private readonly Dictionary<int, long> _numbers = [];
    private readonly int _rows, _capacity;
    private Guid _session;

    /// <summary>Allocates caches.</summary>
    /// <param name="weights">Layers; owned from now on.</param>
    /// <param name="rows">Rows of the caches.</param>
    /// <param name="threads">Threads that share a step.</param>
    public ShardLoop(ShardLayers weights, int rows, int threads)
    {
        (_weights, _team, _rows, _capacity) = (weights, new(threads), rows, rows + KernelDecoder.MostExtraRows);
        _layers = new(weights.Layers, weights.Sizes, rows, _capacity, _team, weights.Rotary);
    }

    /// <summary>Begins a session; the one that is open goes on.</summary>
    public void Open(Guid session)
    {
        if (session != _session)
        {
            _session = session;
            _numbers.Clear();
            _layers.Clear();
        }
    }

    /// <summary>Runs the layers.</summary>
    /// <returns>Their output, or null where the step is of another session or late.</returns>
    /// <exception cref="ArgumentException">The step does not fit the model.</exception>
    public float[]? Step(ShardStep step)
    {
        // A call whose caller gave up may arrive after later ones: it would write over their numbers.
        if (step.Session != _session || step.Number < _numbers.GetValueOrDefault(step.Lane))
        {
            return null;
        }
        Require(step);
        _numbers[step.Lane] = step.Number;
        foreach (ShardText text in step.Texts)
        {
            _layers.Enter(text.Row, text.States, text.Tokens);
        }
        return Run([.. step.Rows], step.Activations);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _team.Dispose();
        _layers.Dispose();
        _weights.Dispose();
    }

    private float[] Run(StepRow[] rows, float[] activations)
    {
        _team.BeginStep();
        try
        {
            fixed (float* x = activations)
            {
                _layers.Step(rows, x);
            }
        }
        finally
        {
            _team.EndStep();
        }
        return new ReadOnlySpan<float>(_layers.X, activations.Length).ToArray();
    }

    // The kernels trust their indices.
    private void Require(ShardStep step)
    {
        int width = _weights.Sizes.Width, most = _weights.Sizes.MaxTextTokens;
        Require(step.Lane is >= 0 and < LayerShard.Most, $"Lane is {step.Lane}; it must be 0 to {LayerShard.Most - 1}.");
        Require(step.Rows.Count >= 1 && step.Rows.Count <= _capacity, $"The step has {step.Rows.Count} rows; this shard takes 1 to {_capacity}.");
        Require(step.Activations.Length == step.Rows.Count * width, $"The step has {step.Activations.Length} numbers; {step.Rows.Count} rows have {step.Rows.Count * width}.");
        foreach (ShardText text in step.Texts)
        {
            Require(text.Row >= 0 && text.Row < _rows, $"Row is {text.Row}; this shard has rows 0 to {_rows - 1}.");
            Require(
                text.Tokens >= 1 && text.Tokens <= most && text.States.Length == text.Tokens * width,
                $"The text states have {text.Tokens} tokens and {text.States.Length} numbers; this model reads 1 to {most} tokens of {width} numbers.");
        }
        foreach (StepRow row in step.Rows)
        {
            Require(row.Row >= 0 && row.Row < _rows, $"Row is {row.Row}; this shard has rows 0 to {_rows - 1}.");
            Require(row.Place >= 0 && row.Place < _weights.Sizes.Places, $"Place is {row.Place}; a row has places 0 to {_weights.Sizes.Places - 1}.");
            Require(row.Turn >= 0 && row.Turn < _weights.Turns, $"Turn is {row.Turn}; it must be 0 to {_weights.Turns - 1}.");
            Require(_layers.Knows(row.Row) || step.Texts.Any(text => text.Row == row.Row), $"Row {row.Row} has no text in this session.");
        }
    }

    private static void Require(bool holds, FormattableString message)
    {
        if (!holds)
        {
            throw new ArgumentException(FormattableString.Invariant(message));
        }
    }
}
