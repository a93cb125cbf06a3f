using Parti.Inference.Execution;
using Parti.Inference.Kernels;

namespace Parti.Inference.Sharding;

/// <summary>
/// The leader's decoder: embeddings, the first layers and the head here, the other layers at the shards of a session. A step leaves with
/// the output of the first layers and comes back with that of the last; meanwhile the steps of the other lanes begin. Which layers are
/// where changes no bit.
/// </summary>
/// <remarks>Legend: R rows of a step, D width.</remarks>
sealed unsafe class ShardedDecoder : IStepDecoder
{
    private readonly DecoderWeights _weights;
    private readonly IShardReplica _replica;
    private readonly KernelTeam _team;
    private readonly DecoderShard _layers;
    private readonly DecoderEnds _ends;
    private readonly NativeFloats _output;
    private readonly Lane[] _lanes;
    private readonly ShardText?[] _texts;
    private readonly Guid[] _sessions;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Allocates caches.</summary>
    /// <param name="weights">Weights with the leader's layers alone; owned from now on.</param>
    /// <param name="rows">Rows of the caches.</param>
    /// <param name="threads">Threads that share a step.</param>
    /// <param name="shards">Shards of the decoder, this one among them; as many lanes.</param>
    /// <param name="replica">The other shards.</param>
    public ShardedDecoder(DecoderWeights weights, int rows, int threads, int shards, IShardReplica replica)
    {
        int capacity = rows + KernelDecoder.MostExtraRows;
        (_weights, _replica, _team) = (weights, replica, new(threads));
        _layers = new(weights.Layers, weights.Sizes, rows, capacity, _team, weights.Rotary);
        _output = new((long)capacity * weights.Sizes.Width);
        _ends = new(weights, rows, capacity, _team, _output.Pointer);
        _lanes = [.. Enumerable.Range(0, shards).Select(_ => new Lane())];
        (_texts, _sessions) = (new ShardText?[rows], new Guid[rows]);
    }

    /// <inheritdoc />
    public int ExtraRows => KernelDecoder.MostExtraRows;

    /// <inheritdoc />
    public int Lanes => _lanes.Length;

    /// <inheritdoc />
    /// <exception cref="EngineRequestException">Transient: shards are missing.</exception>
    public void Enter(int row, float[] states, int tokens)
    {
        ShardSession session = Session();
        _weights.Input.Enter(row, states, tokens);
        _layers.Enter(row, states, tokens);
        _texts[row] = _weights.Sizes.HasPrefix ? null : new(row, states, tokens);
        _sessions[row] = session.Id;
    }

    /// <inheritdoc />
    public void Step(ReadOnlySpan<DecodeRow> rows)
    {
        Begin(0, rows);
        Complete(0);
    }

    /// <inheritdoc />
    /// <exception cref="EngineRequestException">Transient: the session in which a row began is over.</exception>
    public void Begin(int lane, ReadOnlySpan<DecodeRow> rows)
    {
        ShardSession session = Session();
        foreach (DecodeRow row in rows)
        {
            if (_sessions[row.Row] != session.Id)
            {
                throw ShardSession.Lost("an image began with shards that were replaced since");
            }
        }
        ReadOnlySpan<StepRow> places = _ends.Embed(rows);
        RunLayers(places);
        float[] activations = new ReadOnlySpan<float>(_layers.X, rows.Length * _weights.Sizes.Width).ToArray();
        _lanes[lane].Begin(session, lane, places, activations, TakeTexts(rows), _stop.Token);
    }

    /// <inheritdoc />
    /// <exception cref="EngineRequestException">Transient: a shard was lost.</exception>
    public void Complete(int lane)
    {
        float[] output = _lanes[lane].Await();
        output.CopyTo(_output.Span(0, output.Length));
        _team.BeginStep();
        try
        {
            _ends.Finish(_lanes[lane].Places);
        }
        finally
        {
            _team.EndStep();
        }
    }

    /// <inheritdoc />
    public ReadOnlySpan<float> Logits(int row, int back = 0) => _ends.Logits(row, back);

    /// <inheritdoc />
    public void Dispose()
    {
        _stop.Cancel();
        _team.Dispose();
        _layers.Dispose();
        _ends.Dispose();
        _output.Dispose();
        _weights.Dispose();
        _stop.Dispose();
    }

    private ShardSession Session() => _replica.Session is { IsLost: false } session ? session : throw ShardSession.Lost("some are missing");

    private void RunLayers(ReadOnlySpan<StepRow> places)
    {
        _team.BeginStep();
        try
        {
            _layers.Step(places, _ends.X);
        }
        finally
        {
            _team.EndStep();
        }
    }

    // A row's text travels with the row's first step, so that no shard can take a step without it.
    private ShardText[] TakeTexts(ReadOnlySpan<DecodeRow> rows)
    {
        List<ShardText>? texts = null;
        foreach (DecodeRow row in rows)
        {
            if (_texts[row.Row] is { } text)
            {
                (texts ??= []).Add(text);
                _texts[row.Row] = null;
            }
        }
        return texts is null ? [] : [.. texts];
    }

    /// <summary>A micro-batch: at most one step of it is under way.</summary>
    private sealed class Lane
    {
        private Task<float[]>? _output;
        private long _number;

        /// <summary>Places of the step's rows.</summary>
        public StepRow[] Places { get; private set; } = [];

        public void Begin(ShardSession session, int lane, ReadOnlySpan<StepRow> places, float[] activations, ShardText[] texts, CancellationToken stop)
        {
            Places = places.ToArray();
            _output = session.RunAsync(new(session.Id, lane, ++_number, Places, activations, texts), stop);
        }

        // This is the engine's own thread, which has nothing else to do until the step is back.
        public float[] Await()
        {
            Task<float[]> output = _output ?? throw new InvalidOperationException("The lane has not begun a step.");
            _output = null;
            return output.GetAwaiter().GetResult();
        }
    }
}
