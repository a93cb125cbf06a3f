using Parti.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Families.Llama;

/// <summary>
/// Prefixes and KV caches of some rows, preallocated: keys and values <c>[R, G, L, E]</c> per layer, L positions. Every row is at a position
/// of its own; a step attends over the whole cache under a mask, so its shape never changes.
/// </summary>
public sealed class LlamaCache : IDisposable
{
    private readonly PrefixDecoder _model;
    private readonly (Tensor Keys, Tensor Values)[] _caches;
    private readonly Tensor _prefixes, _last, _places, _cosines, _sines;

    /// <summary>Allocates the cache, zeroed: rows that were never entered have a prefix of one zero.</summary>
    /// <param name="model">The model that will fill it.</param>
    /// <param name="rows">R, at least 1.</param>
    /// <param name="device">Where the cache is.</param>
    /// <param name="type">Type of keys and values.</param>
    public LlamaCache(PrefixDecoder model, int rows, Device device, ScalarType type = ScalarType.Float32)
    {
        (_model, Rows) = (model, rows);
        LlamaArchitecture a = model.Trunk.Sizes;
        RotaryTable table = new(a);
        Tensor Cache() => zeros(rows, a.KeyValueHeads, a.Positions, a.HeadWidth, type, device);
        using DisposeScope scope = NewDisposeScope();
        _caches = [.. Enumerable.Range(0, a.Layers).Select(_ => (Cache(), Cache()))];
        _prefixes = zeros(rows, a.MaxPrefix, a.Width, device: device);
        _last = zeros(rows, ScalarType.Int64, device);
        _places = TensorMath.Range(a.Positions, device).view(1, 1, 1, -1);
        (_cosines, _sines) = (LlamaTrunk.Angles(table, table.Cosines, device), LlamaTrunk.Angles(table, table.Sines, device));
        scope.Detach(All);
    }

    /// <summary>R.</summary>
    public int Rows { get; }

    /// <summary>Most inputs before the image, T.</summary>
    public int MaxPrefix => Sizes.MaxPrefix;

    private IEnumerable<Tensor> All => _caches.SelectMany(pair => new[] { pair.Keys, pair.Values }).Concat([_prefixes, _last, _places, _cosines, _sines]);

    private LlamaArchitecture Sizes => _model.Trunk.Sizes;

    /// <summary>Starts a row anew.</summary>
    /// <param name="row">0 to R − 1.</param>
    /// <param name="prefix">Inputs before the image <c>[1, T, D]</c>, the real ones first.</param>
    /// <param name="mask">True where an input is real <c>[1, T]</c>.</param>
    public void Enter(int row, Tensor prefix, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        _prefixes.narrow(0, row, 1).copy_(prefix);
        _last.narrow(0, row, 1).copy_(mask.sum(1).sub(Scalars.Of(1L)));
        foreach ((Tensor keys, Tensor values) in _caches)
        {
            keys.narrow(0, row, 1).zero_();
            values.narrow(0, row, 1).zero_();
        }
    }

    /// <summary>One step of the first r rows.</summary>
    /// <param name="tokens">Previous image token of each row <c>[r]</c>, int64; not looked at up to position 0.</param>
    /// <param name="positions">
    /// Image position to predict of each row <c>[r]</c>, int64: 0 reads the last input of the row's prefix, −1 the one before it, and so on.
    /// </param>
    /// <returns>Logits <c>[r, V]</c>, float32; without a meaning below position 0.</returns>
    public Tensor Step(Tensor tokens, Tensor positions)
    {
        using DisposeScope scope = NewDisposeScope();
        long rows = tokens.shape[0];
        Tensor places = _last.narrow(0, 0, rows).Plus(positions).clamp_min(Scalars.Of(0L));
        Tensor turns = Sizes.Rotary == RotaryKind.Sequence ? places : positions.clamp_min(Scalars.Of(0L));
        Tensor cosines = Turned(_cosines, turns), sines = Turned(_sines, turns);
        Tensor bias = _places.gt(places.view(-1, 1, 1, 1)).to(ScalarType.Float32).mul(Scalars.Of(AttentionMasks.Hidden));
        Tensor at = places.view(-1, 1, 1, 1).expand(rows, Sizes.KeyValueHeads, 1, Sizes.HeadWidth);
        Tensor x = Inputs(tokens, positions, places);
        IReadOnlyList<LlamaLayer> layers = _model.Trunk.Layers;
        for (int i = 0; i < layers.Count; i++)
        {
            (Tensor q, Tensor k, Tensor v) = layers[i].Project(x, cosines, sines);
            Tensor keys = _caches[i].Keys.narrow(0, 0, rows), values = _caches[i].Values.narrow(0, 0, rows);
            keys.scatter_(2, at, k.to(keys.dtype));
            values.scatter_(2, at, v.to(values.dtype));
            x = layers[i].Forward(x, q, keys, values, bias);
        }
        return _model.Logits(_model.Trunk.Normalize(x.squeeze(1))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Tensor tensor in All)
        {
            tensor.Dispose();
        }
    }

    // [r, 1, D]: what the prefix holds up to position 0, the token's input after it.
    private Tensor Inputs(Tensor tokens, Tensor positions, Tensor places)
    {
        long rows = tokens.shape[0];
        Tensor from = places.clamp_max(Scalars.Of((long)Sizes.MaxPrefix - 1)).view(-1, 1, 1).expand(rows, 1, Sizes.Width);
        Tensor prefix = _prefixes.narrow(0, 0, rows).gather(1, from);
        // The start of the image is no row of the table.
        Tensor image = _model.EmbedImage(tokens.clamp_max(Scalars.Of((long)Sizes.CodebookSize - 1))).unsqueeze(1);
        return where(positions.le(Scalars.Of(0L)).view(-1, 1, 1), prefix, image);
    }

    private static Tensor Turned(Tensor table, Tensor rows) => table.index_select(0, rows).unsqueeze(1).unsqueeze(1);
}
