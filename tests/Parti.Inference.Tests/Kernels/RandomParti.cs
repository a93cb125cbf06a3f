using Parti.Inference.Execution;
using Parti.Inference.Kernels;
using Parti.Inference.Tests.Engine;
using Parti.Models.Checkpoints;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Tests.Kernels;

/// <summary>A Parti transformer of random weights behind the fast path and the plain one; its pictures are another model's.</summary>
sealed class RandomParti : IModelNetworks
{
    static readonly TransformerArchitecture Dense = new()
    {
        EncoderLayers = 1, DecoderLayers = 4, Width = 64, MlpWidth = 160, Heads = 2, TextVocabulary = 400, MaxTextTokens = 12,
        CodebookSize = 64, ImageTokens = 16, GridHeight = 4, GridWidth = 4,
    };

    readonly PartiTransformer _network;
    readonly TinyNetworks _pictures = new();

    public RandomParti(string name)
    {
        TransformerArchitecture sizes = name switch
        {
            "odd" => Dense with { Width = 60, Heads = 5, MlpWidth = 36, CodebookSize = 50, ImageTokens = 15, GridWidth = 5, GridHeight = 3 },
            "convolution" => Dense with { Attention = AttentionKind.Convolution, Kernel = 3 },
            _ => Dense,
        };
        torch.random.manual_seed(5);
        _network = new(sizes);
        Random = new(17);
        States = OtherStates();
    }

    public Random Random { get; }

    public float[] States { get; }

    public int TextTokens => 6;

    public torch.Device Device => torch.CPU;

    public int MaxTextTokens => _network.Architecture.MaxTextTokens;

    public int TextWidth => _network.Architecture.Width;

    public int Vocabulary => _network.Architecture.CodebookSize;

    public int ImageTokens => _network.Architecture.ImageTokens;

    public float[] OtherStates() => [.. Enumerable.Range(0, TextTokens * TextWidth).Select(i => (float)Math.Sin(i + (States is null ? 0 : 1 + i % 3)))];

    public int[] RandomTokens() => [.. Enumerable.Range(0, ImageTokens).Select(_ => Random.Next(Vocabulary))];

    /// <summary>How decoders to come keep their matrices.</summary>
    public WeightFormat Format { get; init; }

    public KernelDecoder NewDecoder(int rows, int threads, int shards = 1)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> weights = _network.state_dict();
        return new(new DecoderWeights(_network.Architecture, name => weights[name].data<float>().ToArray(), Format), rows, threads, shards);
    }

    /// <summary>Shards of the decoders to come.</summary>
    public int Shards { get; set; } = 1;

    public IStepDecoder NewKernels(int rows, int threads) => NewDecoder(rows, threads, Shards);

    public float[] PlainLogits(int[] tokens)
    {
        using IDisposable noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        if (Format == WeightFormat.Int8)
        {
            _network.QuantiseDecoder();
        }
        torch.Tensor states = torch.tensor(States, [1, TextTokens, TextWidth]), mask = torch.ones([1, TextTokens], torch.ScalarType.Bool);
        return _network.DecodeTrain(torch.tensor([.. tokens.Select(t => (long)t)], [1, ImageTokens]), states, mask).data<float>().ToArray();
    }

    public IDecodeCache NewCache(int rows) => new Cache(new DecoderCache(_network, rows));

    public torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask) => _network.EncodeText(ids, mask);

    public torch.Tensor DecodePicture(torch.Tensor tokens) => _pictures.DecodePicture(tokens);

    public torch.Tensor EncodePicture(torch.Tensor picture) => _pictures.EncodePicture(picture);

    public torch.Tensor Upscale(torch.Tensor picture) => _pictures.Upscale(picture);

    public void Dispose()
    {
        _network.Dispose();
        _pictures.Dispose();
    }

    sealed class Cache(DecoderCache cache) : IDecodeCache
    {
        public void Enter(int row, torch.Tensor states, torch.Tensor mask)
        {
            using IDisposable noGrad = torch.no_grad();
            cache.Enter(row, states, mask);
        }

        public torch.Tensor Step(torch.Tensor tokens, torch.Tensor positions)
        {
            using IDisposable noGrad = torch.no_grad();
            return cache.Step(tokens, positions);
        }

        public void Dispose() => cache.Dispose();
    }
}
