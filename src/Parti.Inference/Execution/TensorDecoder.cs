using System.Runtime.InteropServices;
using TorchSharp;

namespace Parti.Inference.Execution;

/// <summary>
/// Decode steps by the tensor library, on any device: a step runs at the smallest of a few row counts that covers the highest row in
/// use (docs/decisions/0002).
/// </summary>
sealed class TensorDecoder : IStepDecoder
{
    readonly IModelNetworks _networks;
    readonly IDecodeCache _cache;
    readonly StepInput _tokens, _positions;
    readonly float[] _logits;
    readonly AttentionRecord?[] _records;
    readonly int[] _textTokens;
    RowCounts _counts;

    /// <summary>Allocates the cache.</summary>
    /// <param name="networks">The networks.</param>
    /// <param name="counts">Row counts; the largest is the cache's.</param>
    public TensorDecoder(IModelNetworks networks, RowCounts counts)
    {
        (_networks, _counts) = (networks, counts);
        _cache = networks.NewCache(counts.Largest);
        _tokens = new(counts.Largest, networks.Device);
        _positions = new(counts.Largest, networks.Device);
        _logits = new float[(long)counts.Largest * networks.Vocabulary];
        (_records, _textTokens) = (new AttentionRecord?[counts.Largest], new int[counts.Largest]);
    }

    /// <summary>Row counts in use.</summary>
    public RowCounts Counts
    {
        get => _counts;
        set => _counts = value.Largest == _counts.Largest
            ? value
            : throw new ArgumentException($"The cache has {_counts.Largest} rows, not {value.Largest}.", nameof(value));
    }

    /// <inheritdoc />
    public int ExtraRows => 0;

    /// <inheritdoc />
    public void Enter(int row, float[] states, int tokens)
    {
        (_records[row], _textTokens[row]) = (null, tokens);
        int length = _networks.MaxTextTokens;
        float[] padded = new float[length * _networks.TextWidth];
        bool[] mask = new bool[length];
        states.CopyTo(padded, 0);
        Array.Fill(mask, true, 0, tokens);
        using torch.Tensor stateTensor = torch.tensor(padded, [1, length, _networks.TextWidth], device: _networks.Device);
        using torch.Tensor maskTensor = torch.tensor(mask, [1, length], device: _networks.Device);
        _cache.Enter(row, stateTensor, maskTensor);
    }

    /// <inheritdoc />
    public void Step(ReadOnlySpan<DecodeRow> rows)
    {
        using IDisposable noGradient = torch.no_grad();
        int count = _counts.All[_counts.IndexFor(rows[^1].Row)];
        // Idle rows are at the start of an image; what they compute is thrown away.
        Span<long> tokens = _tokens.Values, positions = _positions.Values;
        tokens[..count].Fill(_networks.Vocabulary);
        positions[..count].Clear();
        foreach (DecodeRow row in rows)
        {
            tokens[row.Row] = row.Token < 0 ? _networks.Vocabulary : row.Token;
            positions[row.Row] = row.Position;
        }
        Run(count, rows);
    }

    /// <inheritdoc />
    public bool CanRecord => _cache.CrossLayers.Layers > 0;

    /// <inheritdoc />
    public AttentionRecord Record(int row)
    {
        (int layers, int heads) = _cache.CrossLayers;
        return _records[row] = new(heads, layers, _networks.ImageTokens, _textTokens[row]);
    }

    /// <inheritdoc />
    public ReadOnlySpan<float> Logits(int row, int back = 0) => back == 0
        ? _logits.AsSpan(row * _networks.Vocabulary, _networks.Vocabulary)
        : throw new ArgumentOutOfRangeException(nameof(back), back, "A step of the tensor library takes a row at one position.");

    /// <inheritdoc />
    public void Dispose()
    {
        _cache.Dispose();
        _tokens.Dispose();
        _positions.Dispose();
    }

    void Run(int count, ReadOnlySpan<DecodeRow> rows)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        if (IsRecorded(rows))
        {
            (torch.Tensor logits, torch.Tensor attention) = _cache.StepAttending(_tokens.Send(count), _positions.Send(count));
            Read(logits, _logits);
            Record(rows, attention);
            return;
        }
        // The one place where the host waits for the device.
        Read(_cache.Step(_tokens.Send(count), _positions.Send(count)), _logits);
    }

    bool IsRecorded(ReadOnlySpan<DecodeRow> rows)
    {
        foreach (DecodeRow row in rows)
        {
            if (_records[row.Row] is not null)
            {
                return true;
            }
        }
        return false;
    }

    // Weights [R, H, T].
    void Record(ReadOnlySpan<DecodeRow> rows, torch.Tensor attention)
    {
        (int heads, int tokens) = ((int)attention.shape[1], (int)attention.shape[2]);
        float[] weights = new float[attention.numel()];
        Read(attention, weights);
        foreach (DecodeRow row in rows)
        {
            for (int head = 0; head < heads && _records[row.Row] is { } record; head++)
            {
                record.Add(head, row.Position, weights.AsSpan((row.Row * heads + head) * tokens, tokens));
            }
        }
    }

    static void Read(torch.Tensor tensor, float[] to)
    {
        using torch.Tensor host = tensor.cpu();
        MemoryMarshal.Cast<byte, float>(host.bytes).CopyTo(to);
    }
}
