using System.Runtime.InteropServices;
using TorchSharp;

namespace Parti.Inference.Execution;

/// <summary>
/// Runs decode steps: slot s has rows 2s (the prompt) and 2s + 1 (the empty or negative prompt) of one preallocated cache,
/// and a step runs at the smallest of a few row counts that covers the highest slot in use.
/// </summary>
sealed class DecodeStage : IDisposable
{
    readonly IModelNetworks _networks;
    readonly IDecodeCache _cache;
    readonly long[] _tokens, _positions;
    readonly float[] _logits;
    RowCounts _counts;

    /// <summary>Allocates the cache.</summary>
    /// <param name="networks">The networks.</param>
    /// <param name="counts">Row counts; the largest is the cache's.</param>
    public DecodeStage(IModelNetworks networks, RowCounts counts)
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

    /// <summary>Starts a row on some text states.</summary>
    /// <param name="row">The row.</param>
    /// <param name="states">Text states <c>[T, D]</c>, row-major.</param>
    /// <param name="tokens">T, at least 1.</param>
    /// <exception cref="EngineRequestException"><c>invalid_conditioning</c>: the states are another model's.</exception>
    public void Enter(int row, float[] states, int tokens)
    {
        int length = _networks.MaxTextTokens, width = _networks.TextWidth;
        if (tokens < 1 || tokens > length || states.LongLength != (long)tokens * width)
        {
            throw new EngineRequestException(
                "invalid_conditioning",
                $"The text states have {tokens} tokens and {states.Length} values; this model reads 1 to {length} tokens of {width} values. Encode the prompt again.");
        }
        float[] padded = new float[length * width];
        bool[] mask = new bool[length];
        states.CopyTo(padded, 0);
        Array.Fill(mask, true, 0, tokens);
        using torch.Tensor stateTensor = torch.tensor(padded, [1, length, width], device: _networks.Device);
        using torch.Tensor maskTensor = torch.tensor(mask, [1, length], device: _networks.Device);
        _cache.Enter(row, stateTensor, maskTensor);
    }

    /// <summary>One position of every slot named, see <see cref="IModelRunner.DecodeStep"/>.</summary>
    public void Step(ReadOnlySpan<DecodeInput> inputs)
    {
        int rows = _counts.All[_counts.IndexFor(inputs[^1].Slot)];
        // Idle rows are at the start of an image; what they compute is thrown away.
        _tokens.AsSpan(0, rows).Fill(_networks.Vocabulary);
        _positions.AsSpan(0, rows).Clear();
        foreach (DecodeInput input in inputs)
        {
            int row = 2 * input.Slot;
            _tokens[row] = _tokens[row + 1] = input.Token < 0 ? _networks.Vocabulary : input.Token;
            _positions[row] = _positions[row + 1] = input.Position;
        }
        Run(rows);
    }

    /// <summary>Logits <c>[V]</c> of a row from the latest step.</summary>
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
