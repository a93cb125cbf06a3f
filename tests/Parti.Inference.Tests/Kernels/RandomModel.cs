using Parti.Inference.Execution;
using Parti.Inference.Kernels;
using Parti.Inference.Tests.Engine;
using Parti.Models.Checkpoints;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Tests.Kernels;

/// <summary>A transformer of random weights behind the fast path and the plain one; its pictures are another model's.</summary>
abstract class RandomModel : IModelNetworks
{
    protected const int Seed = 5;

    protected static readonly TransformerArchitecture Dense = new()
    {
        EncoderLayers = 1, DecoderLayers = 4, Width = 64, MlpWidth = 160, Heads = 2, TextVocabulary = 400, MaxTextTokens = 12,
        CodebookSize = 64, ImageTokens = 16, GridHeight = 4, GridWidth = 4,
    };

    protected static readonly TransformerArchitecture Odd =
        Dense with { Width = 60, Heads = 5, MlpWidth = 36, CodebookSize = 50, ImageTokens = 15, GridWidth = 5, GridHeight = 3 };

    readonly TinyNetworks _pictures = new();
    float[]? _states;

    /// <summary>A model by name: <c>dense</c>, <c>odd</c>, <c>convolution</c> are Parti's; <c>min-dalle</c>, <c>min-dalle-odd</c>.</summary>
    public static RandomModel Of(string name, WeightFormat format = WeightFormat.Float32) =>
        name.StartsWith("min-dalle", StringComparison.Ordinal) ? new RandomMinDalle(name) { Format = format } : new RandomParti(name) { Format = format };

    public Random Random { get; } = new(17);

    public float[] States => _states ??= Values(0);

    public int TextTokens => 6;

    /// <summary>How decoders to come keep their matrices.</summary>
    public WeightFormat Format { get; init; }

    /// <summary>Shards of the decoders to come.</summary>
    public int Shards { get; set; } = 1;

    public torch.Device Device => torch.CPU;

    public int MaxTextTokens => Decoder.Architecture.MaxTextTokens;

    public int TextWidth => Decoder.Architecture.Width;

    public int Vocabulary => Decoder.Architecture.CodebookSize;

    public int ImageTokens => Decoder.Architecture.ImageTokens;

    protected abstract ICachedDecoder Decoder { get; }

    public float[] OtherStates() => Values(1);

    public int[] RandomTokens() => [.. Enumerable.Range(0, ImageTokens).Select(_ => Random.Next(Vocabulary))];

    public KernelDecoder NewDecoder(int rows, int threads, int shards = 1) => new(NewWeights(), rows, threads, shards);

    /// <summary>The decoder's weights for the kernels.</summary>
    public DecoderWeights NewWeights()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> weights = ((torch.nn.Module)Decoder).state_dict();
        return Pack(name => weights[name].data<float>().ToArray());
    }

    public IStepDecoder NewKernels(int rows, int threads) => NewDecoder(rows, threads, Shards);

    /// <summary>Logits <c>[N, V]</c> of the plain path, with what quantisation leaves of the weights.</summary>
    public abstract float[] PlainLogits(int[] tokens);

    public IDecodeCache NewCache(int rows) => new Cache(new DecoderCache(Decoder, rows));

    public abstract torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask);

    public torch.Tensor DecodePicture(torch.Tensor tokens) => _pictures.DecodePicture(tokens);

    public torch.Tensor EncodePicture(torch.Tensor picture) => _pictures.EncodePicture(picture);

    public torch.Tensor Upscale(torch.Tensor picture) => _pictures.Upscale(picture);

    public virtual void Dispose() => _pictures.Dispose();

    protected abstract DecoderWeights Pack(Func<string, float[]> read);

    float[] Values(int shift) => [.. Enumerable.Range(0, TextTokens * TextWidth).Select(i => (float)Math.Sin(i + (shift == 0 ? 0 : 1 + i % 3)))];

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

        public (torch.Tensor Logits, torch.Tensor Attention) StepAttending(torch.Tensor tokens, torch.Tensor positions)
        {
            using IDisposable noGrad = torch.no_grad();
            return cache.StepAttending(tokens, positions);
        }

        public (int Layers, int Heads) CrossLayers => cache.CrossLayers;

        public void Dispose() => cache.Dispose();
    }
}
