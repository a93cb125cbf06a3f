using Parti.Inference.Sharding;

namespace Parti.Inference.Tests.Sharding;

public sealed class LayerShardTests
{
    [Theory]
    [InlineData("0/1", 0, 1)]
    [InlineData("3/4", 3, 4)]
    [InlineData("63/64", 63, 64)]
    public void TryParse_Shard_ReadsItAndWritesItBack(string text, int index, int count)
    {
        Assert.True(LayerShard.TryParse(text, out LayerShard shard));
        Assert.Equal(new(index, count), shard);
        Assert.Equal(text, shard.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1/1")]
    [InlineData("-1/2")]
    [InlineData("0/0")]
    [InlineData("0/65")]
    [InlineData("1/2/3")]
    [InlineData("a/2")]
    public void TryParse_AnythingElse_IsRefused(string? text) => Assert.False(LayerShard.TryParse(text, out _));

    [Fact]
    public void Of_AnyNumberOfShards_CoversEveryLayerOnceWithinOneLayerOfEqual()
    {
        for (int layers = 1; layers <= 48; layers++)
        {
            for (int shards = 1; shards <= layers; shards++)
            {
                Range[] ranges = [.. Enumerable.Range(0, shards).Select(i => new LayerShard(i, shards).Of(layers))];
                Assert.Equal(Enumerable.Range(0, layers), ranges.SelectMany(range => Enumerable.Range(0, layers).Take(range)));
                int[] sizes = [.. ranges.Select(range => range.End.Value - range.Start.Value)];
                Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
            }
        }
    }

    [Fact]
    public void Of_MoreShardsThanLayers_NamesBoth()
    {
        EngineRequestException error = Assert.Throws<EngineRequestException>(() => new LayerShard(0, 5).Of(4));

        Assert.Equal("too_many_shards", error.Code);
        Assert.Contains("4 layers", error.Message, StringComparison.Ordinal);
    }
}
