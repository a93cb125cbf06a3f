using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;
using Parti.Inference.Execution;
using Parti.Inference.Kernels;
using Parti.Inference.Sharding;
using Parti.Inference.Tests.Engine;
using Parti.Inference.Tests.Kernels;
using Parti.Models.Checkpoints;

namespace Parti.Inference.Tests.Sharding;

/// <summary>A decoder over several shards against the whole one.</summary>
[Collection(TorchSetup.Name)]
public sealed class ShardedDecoderTests
{
    const int Rows = 8, Positions = 12, Text = 5;

    readonly CancellationToken _ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("dense", 2, WeightFormat.Float32)]
    [InlineData("dense", 4, WeightFormat.Int8)]
    [InlineData("odd", 3, WeightFormat.Float32)]
    [InlineData("min-dalle", 4, WeightFormat.Float32)]
    [InlineData("llamagen-odd", 2, WeightFormat.Float32)]
    [InlineData("janus-shared", 4, WeightFormat.Int8)]
    public async Task Complete_EveryLaneUnderWay_BitsOfTheWholeDecoder(string model, int shards, WeightFormat format)
    {
        using KernelDecoder whole = new(LocalReplica.Weights(model, Rows, format), Rows, 1);
        await using LocalReplica replica = new(() => LocalReplica.Weights(model, Rows, format), shards, Rows);
        using ShardedDecoder split = replica.Open().NewDecoder(2);
        int width = LocalReplica.Weights(model, Rows).Sizes.Width;
        for (int row = 0; row < Rows; row++)
        {
            float[] states = [.. Enumerable.Range(0, Text * width).Select(i => MathF.Sin(i + row))];
            whole.Enter(row, states, Text);
            split.Enter(row, states, Text);
        }
        for (int position = 0; position < Positions; position++)
        {
            whole.Step([.. Enumerable.Range(0, Rows).Select(row => Input(row, position))]);
            for (int lane = 0; lane < split.Lanes; lane++)
            {
                split.Begin(lane, [.. RowsOf(lane, split.Lanes).Select(row => Input(row, position))]);
            }
            for (int lane = 0; lane < split.Lanes; lane++)
            {
                split.Complete(lane);
                Assert.All(RowsOf(lane, split.Lanes), row => Assert.Equal(whole.Logits(row).ToArray(), split.Logits(row).ToArray()));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(20)]
    public async Task SampleAsync_ShardLost_FailsAsTransientAndGoesOnInTheNextSessionWithTheSameTokens(int steps)
    {
        await using LocalReplica replica = new LocalReplica(() => LocalReplica.Weights("dense", 4), 2, 4).Open();
        await using DeviceEngine split = new("cpu", 2, preload: false, new Source(replica), NullLogger.Instance);
        await using DeviceEngine whole = new("cpu", 2, preload: false, new Source(null), NullLogger.Instance);
        TextConditioning text = await whole.EncodeAsync(new(TinyModel.Name, "a red circle", null), _ct);
        SampleRequest[] requests = [.. Enumerable.Range(0, 3).Select(image => new SampleRequest(text, new(2, 1, 0, 1), 7, image, []))];
        int[][] expected = await Task.WhenAll(requests.Select(request => whole.SampleAsync(request, cancellationToken: _ct)));
        List<int>[] kept = [.. requests.Select(_ => new List<int>())];
        replica.LoseAfter(steps);

        Task<int[]>[] lost = [.. requests.Select((request, i) => split.SampleAsync(request, progress => kept[i].AddRange(progress.NewTokens.ToArray()), _ct))];
        foreach (Task<int[]> image in lost)
        {
            EngineRequestException error = await Assert.ThrowsAsync<EngineRequestException>(() => image);
            Assert.True(error.IsTransient);
            Assert.Equal(EngineRequestException.ShardLost, error.Code);
        }
        Assert.False(split.CanSample(TinyModel.Name));
        replica.Open();
        Assert.True(split.CanSample(TinyModel.Name));

        Assert.Equal(expected, await Task.WhenAll(requests.Select((request, i) => split.SampleAsync(request with { KeptTokens = kept[i] }, cancellationToken: _ct))));
    }

    [Fact]
    public async Task Begin_RowsOfAnEarlierSession_AreRefused()
    {
        await using LocalReplica replica = new LocalReplica(() => LocalReplica.Weights("dense", 2), 2, 2).Open();
        using ShardedDecoder decoder = replica.NewDecoder();
        decoder.Enter(0, new float[64], 1);
        replica.Open();

        Assert.True(Assert.Throws<EngineRequestException>(() => decoder.Begin(0, [new(0, -1, 0)])).IsTransient);
        decoder.Enter(0, new float[64], 1);
        decoder.Step([new(0, -1, 0)]);
    }

    static DecodeRow Input(int row, int position) => new(row, position == 0 ? -1 : (7 * row + position) % 50, position);

    // As the engine deals them: both rows of a slot are in one lane.
    static int[] RowsOf(int lane, int lanes) => [.. Enumerable.Range(0, Rows).Where(row => row / 2 % lanes == lane)];

    sealed class Source(LocalReplica? replica) : IModelSource
    {
        public IReadOnlyDictionary<string, ModelDescription> Models { get; } = new Dictionary<string, ModelDescription> { [TinyModel.Name] = TinyModel.Description };

        public bool CanSample(string name) => replica is null or { Session.IsLost: false };

        public IModelRunner Load(string name, int slots)
        {
            RandomModel model = RandomModel.Of("dense");
            return TinyModel.Runner(slots, replica is null ? model : new SplitNetworks(model, replica));
        }
    }
}
