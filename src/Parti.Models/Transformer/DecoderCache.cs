using Parti.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Transformer;

/// <summary>
/// KV cache of some rows, preallocated: self-attention <c>[R, N, D]</c> and cross-attention <c>[R, T, D]</c> per layer.
/// Every row is at a position of its own; a step attends over the whole cache under a mask, so its shape never changes.
/// </summary>
public sealed class DecoderCache : IDisposable
{
    readonly ICachedDecoder _model;
    readonly (Tensor Keys, Tensor Values)[] _self, _cross;
    readonly Tensor _crossBias, _imageBias, _rowStarts;

    /// <summary>Allocates the cache, zeroed.</summary>
    /// <param name="model">The model that will fill it.</param>
    /// <param name="rows">R, at least 1.</param>
    /// <param name="device">Where the cache is.</param>
    /// <param name="type">Type of keys and values.</param>
    public DecoderCache(ICachedDecoder model, int rows, Device? device = null, ScalarType type = ScalarType.Float32)
    {
        var a = model.Architecture;
        _model = model;
        Rows = rows;
        (Tensor, Tensor)[] Allocate(long length) =>
            [.. Enumerable.Range(0, a.DecoderLayers).Select(_ => (zeros(rows, length, a.Width, type, device), zeros(rows, length, a.Width, type, device)))];
        using DisposeScope scope = NewDisposeScope();
        _self = Allocate(a.ImageTokens);
        _cross = Allocate(a.MaxTextTokens);
        _crossBias = zeros(rows, 1, 1, a.MaxTextTokens, device: device);
        _imageBias = AttentionMasks.Image(a, device);
        _rowStarts = TensorMath.Range(rows, device).mul(Scalars.Of(a.ImageTokens));
        foreach (Tensor tensor in All)
        {
            tensor.DetachFromDisposeScope();
        }
    }

    /// <summary>R.</summary>
    public int Rows { get; }

    /// <summary>Layers and heads that attend to the text.</summary>
    public (int Layers, int Heads) CrossLayers => (_cross.Length, _model.Architecture.Heads);

    IEnumerable<Tensor> All =>
        _self.Concat(_cross).SelectMany(pair => new[] { pair.Keys, pair.Values }).Append(_crossBias).Append(_imageBias).Append(_rowStarts);

    /// <summary>Starts a row anew on some text states.</summary>
    /// <param name="row">0 to R − 1.</param>
    /// <param name="states"><c>[1, T, D]</c>.</param>
    /// <param name="mask">True where a text token is real <c>[1, T]</c>.</param>
    public void Enter(int row, Tensor states, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        _crossBias.narrow(0, row, 1).copy_(AttentionMasks.Keys(mask));
        IReadOnlyList<ICachedLayer> layers = _model.Layers;
        for (int i = 0; i < layers.Count; i++)
        {
            (Tensor keys, Tensor values) = layers[i].CrossKeysAndValues(states);
            _cross[i].Keys.narrow(0, row, 1).copy_(keys);
            _cross[i].Values.narrow(0, row, 1).copy_(values);
            _self[i].Keys.narrow(0, row, 1).zero_();
            _self[i].Values.narrow(0, row, 1).zero_();
        }
    }

    /// <summary>One decode step of the first r rows.</summary>
    /// <param name="tokens">Previous token of each row <c>[r]</c>, int64; V at the start.</param>
    /// <param name="positions">Position to predict of each row <c>[r]</c>, int64.</param>
    /// <returns>Logits <c>[r, V]</c>, float32.</returns>
    public Tensor Step(Tensor tokens, Tensor positions) => Step(tokens, positions, null);

    /// <summary>The same step, and where it looked in the text.</summary>
    /// <inheritdoc cref="Step(Tensor, Tensor)" path="/param"/>
    /// <returns>Logits <c>[r, V]</c> and weights of attention to the text <c>[r, H, T]</c>, summed over the layers; both float32.</returns>
    public (Tensor Logits, Tensor Attention) StepAttending(Tensor tokens, Tensor positions)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor sum = zeros(tokens.shape[0], _model.Architecture.Heads, _model.Architecture.MaxTextTokens, device: tokens.device);
        Tensor logits = Step(tokens, positions, weights => sum.PlusInPlace(weights.squeeze(2)));
        return (logits.MoveToOuterDisposeScope(), sum.MoveToOuterDisposeScope());
    }

    Tensor Step(Tensor tokens, Tensor positions, Action<Tensor>? weighed)
    {
        using DisposeScope scope = NewDisposeScope();
        long rows = tokens.shape[0];
        Tensor x = _model.Embed(tokens, positions).unsqueeze(1);
        Tensor selfBias = _imageBias.index_select(0, positions).unsqueeze(1).unsqueeze(1);
        Tensor crossBias = _crossBias.narrow(0, 0, rows);
        Tensor slots = _rowStarts.narrow(0, 0, rows).Plus(positions);
        IReadOnlyList<ICachedLayer> layers = _model.Layers;
        for (int i = 0; i < layers.Count; i++)
        {
            (Tensor keys, Tensor values) = layers[i].SelfKeysAndValues(x);
            _self[i].Keys.view(-1, x.shape[2]).index_copy_(0, slots, keys.squeeze(1).to(_self[i].Keys.dtype));
            _self[i].Values.view(-1, x.shape[2]).index_copy_(0, slots, values.squeeze(1).to(_self[i].Values.dtype));
            x = Forward(layers[i], x, (First(_self[i], rows), selfBias), (First(_cross[i], rows), crossBias), weighed);
        }
        return _model.Logits(x.squeeze(1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Tensor tensor in All)
        {
            tensor.Dispose();
        }
    }

    static Tensor Forward(
        ICachedLayer layer, Tensor x, ((Tensor, Tensor) Cache, Tensor Bias) self, ((Tensor, Tensor) Cache, Tensor Bias) cross, Action<Tensor>? weighed)
    {
        if (weighed is null)
        {
            return layer.Forward(x, self.Cache, self.Bias, cross.Cache, cross.Bias);
        }
        layer.CrossWeighed = weighed;
        try
        {
            return layer.Forward(x, self.Cache, self.Bias, cross.Cache, cross.Bias);
        }
        finally
        {
            layer.CrossWeighed = null;
        }
    }

    static (Tensor, Tensor) First((Tensor Keys, Tensor Values) pair, long rows) => (pair.Keys.narrow(0, 0, rows), pair.Values.narrow(0, 0, rows));
}
