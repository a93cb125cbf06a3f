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
    readonly long[] _tokens, _positions;
    readonly float[] _logits;
    RowCounts _counts;

    /// <summary>Allocates the cache.</summary>
    /// <param name="networks">The networks.</param>
    /// <param name="counts">Row counts; the largest is the cache's.</param>
    public TensorDecoder(IModelNetworks networks, RowCounts counts)
    {
        (_networks, _counts) = (networks, counts);
        _cache = networks.NewCache(counts.Largest);
        _tokens = new long[counts.Largest];
        _positions = new long[counts.Largest];
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
        _tokens.AsSpan(0, count).Fill(_networks.Vocabulary);
        _positions.AsSpan(0, count).Clear();
        foreach (DecodeRow row in rows)
        {
            _tokens[row.Row] = row.Token < 0 ? _networks.Vocabulary : row.Token;
            _positions[row.Row] = row.Position;
        }
        Run(count);
    }

    /// <inheritdoc />
    public ReadOnlySpan<float> Logits(int row) => _logits.AsSpan(row * _networks.Vocabulary, _networks.Vocabulary);

    /// <inheritdoc />
    public void Dispose() => _cache.Dispose();

    void Run(int rows)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor logits = _cache.Step(ToDevice(_tokens, rows), ToDevice(_positions, rows));
        using torch.Tensor host = logits.cpu();
        MemoryMarshal.Cast<byte, float>(host.bytes).CopyTo(_logits);
    }

    torch.Tensor ToDevice(long[] values, int rows)
    {
        torch.Tensor host = torch.empty(rows, torch.ScalarType.Int64);
        values.AsSpan(0, rows).CopyTo(MemoryMarshal.Cast<byte, long>(host.bytes));
        return _networks.Device.type == DeviceType.CPU ? host : host.to(_networks.Device);
    }
}
