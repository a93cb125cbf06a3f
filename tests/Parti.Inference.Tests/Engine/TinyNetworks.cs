using Parti.Inference.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Inference.Tests.Engine;

/// <summary>
/// A small random transformer on libtorch in the shape of a real one: pre-norm layers with masked self-attention over a
/// preallocated cache, cross-attention on the text and a feed-forward layer. Same seed, same weights.
/// </summary>
sealed class TinyNetworks : IModelNetworks, IDecodeCache
{
    sealed record Layer(Tensor Qkv, Tensor Out, Tensor CrossQ, Tensor CrossKv, Tensor CrossOut, Tensor Up, Tensor Down);

    const int Text = 12, Grid = 4, Patch = 4;
    readonly int _width, _heads;
    readonly Layer[] _layers;
    readonly Tensor _textEmbedding, _tokenEmbedding, _positionEmbedding, _head, _patches;
    readonly Tensor[] _keys, _values, _crossKeys, _crossValues;
    readonly Tensor _crossBias, _positionIndex;
    readonly DisposeScope _scope = NewDisposeScope();

    public TinyNetworks(int width = 64, int heads = 4, int layers = 2, int vocabulary = 64, int rows = 0)
    {
        (_width, _heads, Vocabulary) = (width, heads, vocabulary);
        manual_seed(42);
        _layers = [.. Enumerable.Range(0, layers).Select(_ => new Layer(
            Weight(3 * width, width), Weight(width, width), Weight(width, width), Weight(2 * width, width), Weight(width, width),
            Weight(4 * width, width), Weight(width, 4 * width)))];
        (_textEmbedding, _tokenEmbedding, _positionEmbedding) = (randn(4096, width), randn(vocabulary + 1, width), randn(ImageTokens, width));
        (_head, _patches) = (Weight(vocabulary, width) * 1.5, rand(vocabulary, 3 * Patch * Patch));
        _keys = Cache(rows, ImageTokens);
        _values = Cache(rows, ImageTokens);
        _crossKeys = Cache(rows, Text);
        _crossValues = Cache(rows, Text);
        _crossBias = zeros(rows, 1, 1, Text);
        _positionIndex = arange(ImageTokens).reshape(1, 1, 1, ImageTokens);
        _scope.Detach(Parts());
        _scope.Dispose();
    }

    public Device Device => CPU;

    public int MaxTextTokens => Text;

    public int TextWidth => _width;

    public int Vocabulary { get; }

    public int ImageTokens => Grid * Grid;

    int HeadWidth => _width / _heads;

    public Tensor EncodeText(Tensor ids, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = _textEmbedding.index_select(0, ids.flatten()).reshape(1, Text, _width) * mask.unsqueeze(-1);
        return (x + 0.1 * x.sum(1, keepdim: true)).MoveToOuterDisposeScope();
    }

    public IDecodeCache NewCache(int rows) => new TinyNetworks(_width, _heads, _layers.Length, Vocabulary, rows);

    public void Enter(int row, Tensor states, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < _layers.Length; i++)
        {
            _keys[i][row].zero_();
            _values[i][row].zero_();
            Tensor[] cross = nn.functional.linear(states, _layers[i].CrossKv).reshape(1, Text, 2 * _heads, HeadWidth).transpose(1, 2).chunk(2, 1);
            _crossKeys[i][row].copy_(cross[0][0]);
            _crossValues[i][row].copy_(cross[1][0]);
        }
        _crossBias[row].copy_(where(mask, 0f, float.NegativeInfinity).reshape(1, 1, Text));
    }

    public Tensor Step(Tensor tokens, Tensor positions)
    {
        using DisposeScope scope = NewDisposeScope();
        long rows = tokens.shape[0];
        Tensor x = _tokenEmbedding.index_select(0, tokens) + _positionEmbedding.index_select(0, positions);
        Tensor bias = where(_positionIndex <= positions.reshape(rows, 1, 1, 1), 0f, float.NegativeInfinity);
        Tensor at = positions.reshape(rows, 1, 1, 1).expand(rows, _heads, 1, HeadWidth);
        for (int i = 0; i < _layers.Length; i++)
        {
            Layer layer = _layers[i];
            Tensor[] qkv = nn.functional.linear(Norm(x), layer.Qkv).reshape(rows, 3 * _heads, 1, HeadWidth).chunk(3, 1);
            Tensor keys = _keys[i].narrow(0, 0, rows), values = _values[i].narrow(0, 0, rows);
            keys.scatter_(2, at, qkv[1]);
            values.scatter_(2, at, qkv[2]);
            x = x + nn.functional.linear(Attend(qkv[0], keys, values, bias), layer.Out);
            Tensor query = nn.functional.linear(Norm(x), layer.CrossQ).reshape(rows, _heads, 1, HeadWidth);
            x = x + nn.functional.linear(
                Attend(query, _crossKeys[i].narrow(0, 0, rows), _crossValues[i].narrow(0, 0, rows), _crossBias.narrow(0, 0, rows)), layer.CrossOut);
            x = x + nn.functional.linear(nn.functional.gelu(nn.functional.linear(Norm(x), layer.Up)), layer.Down);
        }
        return nn.functional.linear(Norm(x), _head).MoveToOuterDisposeScope();
    }

    public Tensor DecodePicture(Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        return _patches.index_select(0, tokens.flatten()).reshape(1, Grid, Grid, 3, Patch, Patch)
            .permute(0, 3, 1, 4, 2, 5).reshape(1, 3, Grid * Patch, Grid * Patch).MoveToOuterDisposeScope();
    }

    public Tensor EncodePicture(Tensor picture) => zeros([1, ImageTokens], ScalarType.Int64);

    public Tensor Upscale(Tensor picture) => picture.repeat_interleave(2, 2).repeat_interleave(2, 3);

    public void Dispose()
    {
        foreach (Tensor tensor in Parts())
        {
            tensor.Dispose();
        }
    }

    IEnumerable<Tensor> Parts() =>
    [
        .. _layers.SelectMany(l => new[] { l.Qkv, l.Out, l.CrossQ, l.CrossKv, l.CrossOut, l.Up, l.Down }),
        _textEmbedding, _tokenEmbedding, _positionEmbedding, _head, _patches,
        .. _keys, .. _values, .. _crossKeys, .. _crossValues, _crossBias, _positionIndex,
    ];

    Tensor Attend(Tensor query, Tensor keys, Tensor values, Tensor bias)
    {
        Tensor scores = matmul(query, keys.transpose(-1, -2)) / Math.Sqrt(HeadWidth) + bias;
        return matmul(nn.functional.softmax(scores, -1), values).reshape(query.shape[0], _width);
    }

    Tensor Norm(Tensor x) => nn.functional.layer_norm(x, [_width]);

    Tensor[] Cache(int rows, int length) => [.. _layers.Select(_ => zeros(rows, _heads, length, HeadWidth))];

    static Tensor Weight(int outputs, int inputs) => randn(outputs, inputs) / Math.Sqrt(inputs);
}
