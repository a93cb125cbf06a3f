using Parti.Inference.Execution;
using Parti.Inference.Kernels;
using Parti.Inference.Sampling;
using Parti.Models.Checkpoints;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Tests.Kernels;

/// <summary>The fast path against the plain one, and against itself among neighbours.</summary>
[Collection(TorchSetup.Name)]
public sealed class KernelDecoderTests(ITestOutputHelper output)
{
    // Of logits whose standard deviation is about 0.5.
    const float Tolerance = 5e-6f;
    const int Rows = 7;

    static readonly TransformerArchitecture Dense = new()
    {
        EncoderLayers = 1, DecoderLayers = 3, Width = 64, MlpWidth = 160, Heads = 2, TextVocabulary = 64, MaxTextTokens = 9,
        CodebookSize = 50, ImageTokens = 20, GridHeight = 4, GridWidth = 5,
    };

    public static TheoryData<string> Architectures => ["dense", "odd", "convolution"];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Step_EveryPosition_AgreesWithThePlainPath(string name)
    {
        using Model model = new(name);
        int[] tokens = model.RandomTokens();
        float[] plain = model.PlainLogits(tokens);
        using KernelDecoder decoder = model.NewDecoder(1, 1);
        float[] fast = Logits(decoder, model, tokens, 0, []);

        float worst = plain.Zip(fast, (p, f) => Math.Abs(p - f)).Max();
        output.WriteLine($"largest difference {worst:G3}");
        Assert.InRange(worst, 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Step_AmongAnyNeighboursOnAnyThreads_SameBits(string name)
    {
        using Model model = new(name);
        int[] tokens = model.RandomTokens();
        using KernelDecoder alone = model.NewDecoder(1, 1);
        float[] reference = Logits(alone, model, tokens, 0, []);
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using KernelDecoder decoder = model.NewDecoder(Rows, threads);
            for (int row = 0; row < Rows; row++)
            {
                int[] neighbours = [.. Enumerable.Range(0, Rows).Where(r => r != row && model.Random.Next(2) == 0)];
                Assert.Equal(reference, Logits(decoder, model, tokens, row, neighbours));
            }
        }
    }

    [Fact]
    public void Sample_WholePictures_DrawsTheTokensOfThePlainPath()
    {
        using Model model = new("dense");
        for (ulong seed = 0; seed < 20; seed++)
        {
            using KernelDecoder fast = model.NewDecoder(2, 1);
            using TensorDecoder plain = new(model, RowCounts.For(1));
            Assert.Equal(Sample(plain, model, seed), Sample(fast, model, seed));
        }
    }

    [Fact]
    public void Enter_SameTextInSeveralRows_IsProjectedOnceAndOutlivesTheFirst()
    {
        using Model model = new("dense");
        int[] tokens = model.RandomTokens();
        using KernelDecoder decoder = model.NewDecoder(3, 1);
        float[] reference = Logits(decoder, model, tokens, 0, []);
        decoder.Enter(0, model.States, model.TextTokens);
        decoder.Enter(1, [.. model.States], model.TextTokens);
        decoder.Enter(0, model.OtherStates(), model.TextTokens);

        Assert.Equal(reference, Run(decoder, tokens, 1));
    }

    [Fact]
    public void Step_SteadyState_AllocatesNothing()
    {
        using Model model = new("dense");
        using KernelDecoder decoder = model.NewDecoder(4, 2);
        for (int row = 0; row < 4; row++)
        {
            decoder.Enter(row, model.States, model.TextTokens);
        }
        DecodeRow[] rows = new DecodeRow[4];
        RunPicture(decoder, rows);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RunPicture(decoder, rows);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Step_StatesThatAreNoNumbers_SpoilTheirRowAlone()
    {
        using Model model = new("dense");
        int[] tokens = model.RandomTokens();
        using KernelDecoder decoder = model.NewDecoder(2, 2);
        float[] reference = Logits(decoder, model, tokens, 0, []);
        decoder.Enter(0, model.States, model.TextTokens);
        decoder.Enter(1, [.. model.States.Select(_ => float.NaN)], model.TextTokens);
        List<float> logits = [];
        for (int p = 0; p < tokens.Length; p++)
        {
            int previous = p == 0 ? -1 : tokens[p - 1];
            decoder.Step([new(0, previous, p), new(1, previous, p)]);
            logits.AddRange(decoder.Logits(0));
            Assert.True(float.IsNaN(decoder.Logits(1)[0]));
        }
        Assert.Equal(reference, logits);
    }

    static void RunPicture(KernelDecoder decoder, DecodeRow[] rows)
    {
        for (int p = 0; p < Dense.ImageTokens; p++)
        {
            for (int row = 0; row < rows.Length; row++)
            {
                rows[row] = new(row, p == 0 ? -1 : p, p);
            }
            decoder.Step(rows);
        }
    }

    static int[] Sample(IStepDecoder decoder, Model model, ulong seed)
    {
        TokenSampler sampler = new(model.Vocabulary);
        decoder.Enter(0, model.States, model.TextTokens);
        decoder.Enter(1, model.OtherStates(), model.TextTokens);
        int[] tokens = new int[model.ImageTokens];
        for (int p = 0; p < tokens.Length; p++)
        {
            int previous = p == 0 ? -1 : tokens[p - 1];
            decoder.Step([new(0, previous, p), new(1, previous, p)]);
            tokens[p] = sampler.Sample(decoder.Logits(0), decoder.Logits(1), new SamplingParams(2, 0.9f, 0, 1), new TokenDraw(seed, 0, p));
        }
        return tokens;
    }

    static float[] Logits(KernelDecoder decoder, Model model, int[] tokens, int row, int[] neighbours)
    {
        decoder.Enter(row, model.States, model.TextTokens);
        foreach (int other in neighbours)
        {
            decoder.Enter(other, model.OtherStates(), model.TextTokens);
        }
        return Run(decoder, tokens, row, neighbours, model);
    }

    static float[] Run(KernelDecoder decoder, int[] tokens, int row, int[]? neighbours = null, Model? model = null)
    {
        List<float> logits = [];
        int[] rows = [.. (neighbours ?? []).Append(row).Order()];
        for (int p = 0; p < tokens.Length; p++)
        {
            decoder.Step([.. rows.Select(r => new DecodeRow(r, p == 0 ? -1 : r == row ? tokens[p - 1] : model!.Random.Next(50), p))]);
            logits.AddRange(decoder.Logits(row));
        }
        return [.. logits];
    }

    /// <summary>A random decoder behind both paths.</summary>
    sealed class Model : IModelNetworks
    {
        readonly PartiTransformer _network;

        public Model(string name)
        {
            TransformerArchitecture sizes = name switch
            {
                "odd" => Dense with { Width = 60, Heads = 5, MlpWidth = 36 },
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

        public KernelDecoder NewDecoder(int rows, int threads)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Dictionary<string, torch.Tensor> weights = _network.state_dict();
            return new(new DecoderWeights(_network.Architecture, name => weights[name].data<float>().ToArray()), rows, threads);
        }

        public float[] PlainLogits(int[] tokens)
        {
            using IDisposable noGrad = torch.no_grad();
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor states = torch.tensor(States, [1, TextTokens, TextWidth]), mask = torch.ones([1, TextTokens], torch.ScalarType.Bool);
            return _network.DecodeTrain(torch.tensor([.. tokens.Select(t => (long)t)], [1, ImageTokens]), states, mask).data<float>().ToArray();
        }

        public IDecodeCache NewCache(int rows) => new Cache(new DecoderCache(_network, rows));

        public torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask) => throw new NotSupportedException();

        public torch.Tensor DecodePicture(torch.Tensor tokens) => throw new NotSupportedException();

        public torch.Tensor EncodePicture(torch.Tensor picture) => throw new NotSupportedException();

        public torch.Tensor Upscale(torch.Tensor picture) => throw new NotSupportedException();

        public void Dispose() => _network.Dispose();

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
}
