using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;
using Parti.Inference.Execution;
using Parti.Inference.Sampling;
using Parti.Inference.Tests.Families;

namespace Parti.Inference.Tests.Engine;

/// <summary>Finished images against their prompts: what candidates are chosen by.</summary>
[Collection(TorchSetup.Name)]
public sealed class ScoreTests
{
    readonly CancellationToken _ct = TestContext.Current.CancellationToken;

    /// <summary>The engine takes several positions a step where it can; here each is a step of its own.</summary>
    [Theory]
    [InlineData("tiny")]
    [InlineData("llamagen")]
    [InlineData("janus")]
    public async Task ScoreAsync_FinishedImage_IsTheSumOverItsTokensBitForBit(string name)
    {
        await using DeviceEngine engine = Start(3, name);
        TextConditioning text = await Encode(engine, "a red circle");
        int[] tokens = [.. Enumerable.Range(0, TinyModel.Description.ImageTokens).Select(i => (7 * i + 3) % 10)];
        using ModelRunner runner = TinyModel.Runner(1, Networks(name));
        runner.Admit(0, text);
        Assert.Equal(name != "tiny", runner.PositionsPerStep > 1);
        double sum = 0;
        for (int position = -runner.PrefixPositions(0, guided: false); position < tokens.Length; position++)
        {
            runner.DecodeStep([new(0, position <= 0 ? -1 : tokens[position - 1], position, Guided: false)]);
            sum += position < 0 ? 0 : TokenLikelihood.Of(runner.ConditionalLogits(0), tokens[position]);
        }

        Assert.True(sum < 0);
        Assert.Equal(sum, await engine.ScoreAsync(new(text, tokens), _ct));
    }

    [Theory]
    [InlineData("tiny", 2)]
    [InlineData("llamagen", 5)]
    public async Task ScoreAsync_AmongOthers_EqualsAloneAndDisturbsNothing(string name, int slots)
    {
        await using DeviceEngine engine = Start(slots, name);
        TextConditioning text = await Encode(engine, "a blue square");
        SampleRequest request = new(text, new(3, 1, 0, 1), 5, 0, []);
        int[][] images = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => engine.SampleAsync(request with { ImageIndex = i }, cancellationToken: _ct)));
        List<double> alone = [];
        foreach (int[] image in images)
        {
            alone.Add(await engine.ScoreAsync(new(text, image), _ct));
        }

        Task<int[]> neighbour = engine.SampleAsync(request, cancellationToken: _ct);
        double[] together = await Task.WhenAll(images.Select(image => engine.ScoreAsync(new(text, image, 1), _ct)));

        Assert.Equal(alone, together);
        Assert.Equal(4, alone.Distinct().Count());
        Assert.Equal(images[0], await neighbour);
    }

    [Fact]
    public async Task ScoreAsync_UnfinishedOrUnknownTokens_AreRefused()
    {
        await using DeviceEngine engine = Start(1, "tiny");
        TextConditioning text = await Encode(engine, "x");
        int[] tokens = new int[TinyModel.Description.ImageTokens];

        EngineRequestException few = await Assert.ThrowsAsync<EngineRequestException>(() => engine.ScoreAsync(new(text, tokens[1..]), _ct));
        tokens[3] = -1;
        EngineRequestException open = await Assert.ThrowsAsync<EngineRequestException>(() => engine.ScoreAsync(new(text, tokens), _ct));

        Assert.Equal(("invalid_tokens", "invalid_tokens"), (few.Code, open.Code));
        Assert.Contains("token 3", open.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScoreAsync_Canceled_FreesTheSlot()
    {
        await using DeviceEngine engine = Start(1, "tiny");
        TextConditioning text = await Encode(engine, "x");
        int[] tokens = new int[TinyModel.Description.ImageTokens];
        using CancellationTokenSource stop = new();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.ScoreAsync(new(text, tokens), stop.Token));
        await engine.ScoreAsync(new(text, tokens), _ct);
    }

    Task<TextConditioning> Encode(DeviceEngine engine, string prompt) => engine.EncodeAsync(new(TinyModel.Name, prompt, null), _ct);

    static IModelNetworks? Networks(string name) => name == "tiny" ? null : TinyPrefixModels.Networks(name);

    static DeviceEngine Start(int slots, string name) => new("cpu", slots, preload: false, new Source(name), NullLogger.Instance);

    sealed class Source(string name) : IModelSource
    {
        public IReadOnlyDictionary<string, ModelDescription> Models { get; } = new Dictionary<string, ModelDescription> { [TinyModel.Name] = TinyModel.Description };

        public IModelRunner Load(string model, int slots) => TinyModel.Runner(slots, Networks(name));
    }
}
