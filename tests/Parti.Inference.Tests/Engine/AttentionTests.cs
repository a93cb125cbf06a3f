using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;
using Parti.Inference.Execution;
using Parti.Inference.Families;
using Parti.Inference.Tests.Families;
using Parti.Inference.Tests.Kernels;
using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Tests.Engine;

/// <summary>Where the words of a prompt drew attention, against the modules themselves and against what the shipped model draws.</summary>
[Collection(TorchSetup.Name)]
public sealed class AttentionTests
{
    readonly CancellationToken _ct = TestContext.Current.CancellationToken;

    /// <summary>The same weights through the modules that training uses, all positions at once, with nothing of the engine between.</summary>
    [Theory]
    [InlineData(true, 0.00002)]
    [InlineData(false, 0.00001)]
    public async Task AttendAsync_ShippedModel_AreTheModulesOwnWeights(bool kernels, double tolerance)
    {
        await using DeviceEngine engine = Demo(kernels);
        (string prompt, int[] tokens) = ("a red circle left of a blue square", [.. Enumerable.Range(0, 64).Select(i => (i * 131 + 7) % 1024)]);

        AttentionMap map = await engine.AttendAsync(new("demo", prompt, tokens), _ct);

        float[] expected = Reference(DemoModel(), prompt, tokens);
        Assert.Equal((8, expected.Length), (map.Side, map.Weights.Length));
        Assert.All(expected.Zip(map.Weights), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        Assert.All(map.Weights.Chunk(map.Tokens), row => Assert.Equal(1, row.Sum(), 0.0001));
        Assert.True(expected.Max() - expected.Min() > 0.1, "weights that are all alike would pass anything");
    }

    /// <summary>
    /// Of two shapes, the word of the left one weighs further left; those of colours do not in this small model, as the states of a text mix.
    /// </summary>
    [Theory]
    [InlineData("a red circle left of a blue square", "circle", "square")]
    [InlineData("a blue square left of a red circle", "square", "circle")]
    [InlineData("a green star left of a yellow triangle", "star", "triangle")]
    [InlineData("a red square left of a blue triangle", "square", "triangle")]
    public async Task AttendAsync_TwoShapes_AreLookedAtOnTheirSides(string prompt, string left, string right)
    {
        await using DeviceEngine engine = Demo(kernels: true);
        TextConditioning text = await engine.EncodeAsync(new("demo", prompt, null), _ct);
        for (ulong seed = 1; seed <= 4; seed++)
        {
            int[] tokens = await engine.SampleAsync(new(text, engine.Models["demo"].Defaults, seed, 0, []), cancellationToken: _ct);
            AttentionMap map = await engine.AttendAsync(new("demo", prompt, tokens), _ct);

            Assert.InRange(LeftShare(map.Of(left)!) - LeftShare(map.Of(right)!), 0.1, 1);
            Assert.InRange(LeftShare(map.Of(right)!), 0, 0.5);
        }
    }

    [Fact]
    public async Task AttendAsync_WhileImagesAreMade_ChangesNoneAndEqualsAlone()
    {
        await using DeviceEngine engine = Demo(kernels: true);
        TextConditioning text = await engine.EncodeAsync(new("demo", "two green stars", null), _ct);
        SampleRequest request = new(text, engine.Models["demo"].Defaults, 5, 0, []);
        int[] tokens = await engine.SampleAsync(request, cancellationToken: _ct);
        AttentionRequest question = new("demo", "two green stars", tokens);
        AttentionMap alone = await engine.AttendAsync(question, _ct);

        Task<int[]>[] images = [.. Enumerable.Range(0, 3).Select(i => engine.SampleAsync(request, cancellationToken: _ct))];
        AttentionMap among = await engine.AttendAsync(question, _ct);

        Assert.Equal(alone.Weights, among.Weights);
        Assert.All(await Task.WhenAll(images), image => Assert.Equal(tokens, image));
    }

    /// <summary>Each family, attention pattern and cut of the decoder into ranges of layers; the row is not the first, and another one is stepped with it.</summary>
    [Theory]
    [InlineData("dense", 1)]
    [InlineData("odd", 2)]
    [InlineData("convolution", 3)]
    [InlineData("min-dalle", 1)]
    public void Record_KernelsAndModules_SeeTheSame(string name, int shards)
    {
        using RandomModel model = RandomModel.Of(name);
        model.Shards = shards;
        using IStepDecoder kernels = model.NewKernels(4, 2), modules = new TensorDecoder(model, RowCounts.For(2));

        float[] fast = Replay(model, kernels), plain = Replay(model, modules);

        Assert.Equal(model.ImageTokens * model.TextTokens, plain.Length);
        Assert.All(fast.Zip(plain), pair => Assert.Equal(pair.First, pair.Second, 0.00002));
        Assert.True(plain.Max() - plain.Min() > 0.001);
    }

    [Fact]
    public void Record_LogitsOfTheSteps_AreThoseWithoutIt()
    {
        using RandomModel model = RandomModel.Of("dense");
        using IStepDecoder kernels = model.NewKernels(4, 2), modules = new TensorDecoder(model, RowCounts.For(2));
        foreach (IStepDecoder decoder in new[] { kernels, modules })
        {
            decoder.Enter(0, model.States, model.TextTokens);
            decoder.Step([new(0, -1, 0)]);
            float[] without = decoder.Logits(0).ToArray();
            decoder.Enter(0, model.States, model.TextTokens);
            decoder.Record(0);
            decoder.Step([new(0, -1, 0)]);

            Assert.Equal(without, decoder.Logits(0).ToArray());
        }
    }

    [Theory]
    [InlineData("llamagen")]
    [InlineData("janus")]
    public async Task AttendAsync_ModelThatReadsAPrefix_IsRefused(string family)
    {
        await using DeviceEngine engine = new("cpu", 1, preload: false, new Prefix(family), NullLogger.Instance);

        EngineRequestException refused = await Assert.ThrowsAsync<EngineRequestException>(() => engine.AttendAsync(new(TinyModel.Name, "a red circle", new int[16]), _ct));

        Assert.Equal("attention_unsupported", refused.Code);
    }

    [Fact]
    public async Task AttendAsync_Canceled_FreesTheSlot()
    {
        await using DeviceEngine engine = Demo(kernels: true, slots: 1);
        using CancellationTokenSource stop = new();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.AttendAsync(new("demo", "a star", new int[64]), stop.Token));
        Assert.Equal("star", (await engine.AttendAsync(new("demo", "a star", new int[64]), _ct)).Words[1].Text);
    }

    static double LeftShare(float[] map)
    {
        double all = map.Sum(weight => (double)weight);
        return map.Where((_, i) => i % 8 < 4).Sum(weight => (double)weight) / all;
    }

    static ModelDirectory DemoModel()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Parti.sln")))
        {
            folder = folder.Parent;
        }
        return ModelDirectory.Open(Path.Combine(folder!.FullName, "models", "demo"));
    }

    static DeviceEngine Demo(bool kernels, int slots = 4) => new("cpu", slots, preload: false, new Shipped(kernels), NullLogger.Instance);

    static float[] Reference(ModelDirectory directory, string prompt, int[] tokens)
    {
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        TransformerArchitecture sizes = directory.Manifest.Architecture.Transformer;
        using PartiTransformer model = FamilyFiles.Read(new PartiTransformer(sizes), directory, directory.Manifest.Weights.Transformer, "weights.transformer");
        int[] ids = directory.LoadTextTokenizer().Encode(prompt, sizes.MaxTextTokens).Ids;
        torch.Tensor mask = torch.ones([1, ids.Length], torch.ScalarType.Bool), sum = torch.zeros(tokens.Length, ids.Length);
        torch.Tensor states = model.EncodeText(torch.tensor(ids.Select(id => (long)id).ToArray(), [1, ids.Length]), mask);
        foreach (MultiHeadAttention attention in model.named_modules().Where(named => named.name.EndsWith("cross_attention", StringComparison.Ordinal)).Select(named => (MultiHeadAttention)named.module))
        {
            attention.Weighed = weights => sum.PlusInPlace(weights.mean([0L, 1L]));
        }
        model.DecodeTrain(torch.tensor(tokens.Select(token => (long)token).ToArray(), [1, tokens.Length]), states, mask);
        return sum.div(torch.tensor((float)sizes.DecoderLayers)).data<float>().ToArray();
    }

    static float[] Replay(RandomModel model, IStepDecoder decoder)
    {
        decoder.Enter(0, model.OtherStates(), model.TextTokens);
        decoder.Enter(1, model.States, model.TextTokens);
        AttentionRecord record = decoder.Record(1);
        for (int position = 0; position < model.ImageTokens; position++)
        {
            decoder.Step([new(0, position - 1, position), new(1, position - 1, position)]);
        }
        return record.Mean();
    }

    sealed class Shipped(bool kernels) : IModelSource
    {
        readonly ModelDirectory _directory = DemoModel();

        public IReadOnlyDictionary<string, ModelDescription> Models => new Dictionary<string, ModelDescription> { ["demo"] = ModelDirectorySource.Describe(_directory) };

        public IModelRunner Load(string name, int slots) =>
            new ModelRunner(Models["demo"], _directory.LoadTextTokenizer(), PartiNetworks.Load(_directory, torch.CPU), slots, kernels);
    }

    sealed class Prefix(string family) : IModelSource
    {
        public IReadOnlyDictionary<string, ModelDescription> Models { get; } = new Dictionary<string, ModelDescription> { [TinyModel.Name] = TinyModel.Description };

        public IModelRunner Load(string name, int slots) => TinyModel.Runner(slots, TinyPrefixModels.Networks(family));
    }
}
