using Parti.Inference.Kernels;
using Parti.Inference.Sharding;

namespace Parti.Inference.Tests.Sharding;

/// <summary>One shard by itself: fences and refusals.</summary>
[Collection(TorchSetup.Name)]
public sealed class ShardEngineTests : IAsyncDisposable
{
    const int Width = 64;

    readonly LocalReplica _replica = new(() => LocalReplica.Weights("dense", 4), 2, 4);
    readonly Guid _session = Guid.NewGuid();
    readonly CancellationToken _ct = TestContext.Current.CancellationToken;

    ShardEngine Shard => _replica.Engines[0];

    public ValueTask DisposeAsync() => _replica.DisposeAsync();

    [Fact]
    public async Task StepAsync_SameStepAgain_SameBytesNowAndInTheStepAfter()
    {
        await Shard.OpenAsync(_session, _ct);
        float[] first = (await Shard.StepAsync(Step(1, 0), _ct))!, second = (await Shard.StepAsync(Step(2, 1), _ct))!;
        await Shard.OpenAsync(Guid.NewGuid(), _ct);
        await Shard.OpenAsync(_session, _ct);

        Assert.Equal(first, await Shard.StepAsync(Step(1, 0), _ct));
        Assert.Equal(first, await Shard.StepAsync(Step(1, 0), _ct));
        Assert.Equal(second, await Shard.StepAsync(Step(2, 1), _ct));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task StepAsync_OfAnotherSession_IsLost()
    {
        Assert.Null(await Shard.StepAsync(Step(1, 0), _ct));
        await Shard.OpenAsync(_session, _ct);
        await Shard.OpenAsync(Guid.NewGuid(), _ct);

        Assert.Null(await Shard.StepAsync(Step(1, 0), _ct));
    }

    [Fact]
    public async Task StepAsync_LateOne_ChangesNothing()
    {
        await Shard.OpenAsync(_session, _ct);
        await Shard.StepAsync(Step(1, 0), _ct);
        await Shard.StepAsync(Step(2, 0) with { Activations = Numbers(9) }, _ct);
        float[] undisturbed = (await Shard.StepAsync(Step(3, 1), _ct))!;

        Assert.Null(await Shard.StepAsync(Step(1, 0), _ct));
        Assert.NotNull(await Shard.StepAsync(Step(1, 0) with { Lane = 1, Rows = [new(1, 0, 0)], Texts = [Text(1)] }, _ct));
        Assert.Equal(undisturbed, await Shard.StepAsync(Step(3, 1), _ct));
    }

    [Fact]
    public async Task OpenAsync_NewSession_HasNoTexts()
    {
        await Shard.OpenAsync(_session, _ct);
        await Shard.StepAsync(Step(1, 0), _ct);
        Guid next = Guid.NewGuid();
        await Shard.OpenAsync(next, _ct);

        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => Shard.StepAsync(Step(2, 1) with { Session = next, Texts = [] }, _ct));
        Assert.Contains("no text", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Lane")]
    [InlineData("Row")]
    [InlineData("Place")]
    [InlineData("Turn")]
    [InlineData("numbers")]
    [InlineData("rows")]
    [InlineData("text states")]
    public async Task StepAsync_ThatDoesNotFit_IsRefusedByNameAndTheNextOneWorks(string what)
    {
        await Shard.OpenAsync(_session, _ct);
        ShardStep good = Step(1, 0), bad = what switch
        {
            "Lane" => good with { Lane = 64 },
            "Row" => good with { Rows = [new(4, 0, 0)] },
            "Place" => good with { Rows = [new(0, 16, 0)] },
            "Turn" => good with { Rows = [new(0, 0, 1)] },
            "numbers" => good with { Activations = new float[Width - 1] },
            "rows" => good with { Rows = [], Activations = [] },
            _ => good with { Texts = [new(0, new float[Width], 2)] },
        };

        Assert.Contains(what, (await Assert.ThrowsAsync<ArgumentException>(() => Shard.StepAsync(bad, _ct))).Message, StringComparison.Ordinal);
        Assert.NotNull(await Shard.StepAsync(good, _ct));
    }

    [Fact]
    public async Task StepAsync_AfterDispose_IsLost()
    {
        await Shard.OpenAsync(_session, _ct);
        await Shard.DisposeAsync();

        Assert.Null(await Shard.StepAsync(Step(1, 0), _ct));
    }

    ShardStep Step(long number, int place) => new(_session, 0, number, [new StepRow(0, place, 0)], Numbers(place), place == 0 ? [Text(0)] : []);

    static ShardText Text(int row) => new(row, [.. Enumerable.Range(0, 3 * Width).Select(i => MathF.Sin(i))], 3);

    static float[] Numbers(int seed) => [.. Enumerable.Range(0, Width).Select(i => MathF.Cos(i * (seed + 1)))];
}
