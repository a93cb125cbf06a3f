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
        Run(count);
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

    void Run(int rows)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor logits = _cache.Step(_tokens.Send(rows), _positions.Send(rows));
        // The one place where the host waits for the device.
        using torch.Tensor host = logits.cpu();
        MemoryMarshal.Cast<byte, float>(host.bytes).CopyTo(_logits);
    }
}
