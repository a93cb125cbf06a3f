using Parti.Abstractions;
using Parti.Grains.Shards;
using Parti.Inference.Sharding;

namespace Parti.Grains.Tests.Shards;

public sealed class ShardWireTests
{
    [Fact]
    public void ToStep_OfAMessage_IsTheStepToTheLastBit()
    {
        float[] numbers = [float.Epsilon, -0f, float.NaN, float.MaxValue, 1f / 3];
        ShardStep step = new(Guid.NewGuid(), 3, long.MaxValue, [new(1, 2, 3), new(4, 5, 6)], numbers, [new(1, numbers, 5)]);

        ShardStep read = ShardWire.ToStep(ShardWire.ToMessage(step));

        Assert.Equal((step.Session, step.Lane, step.Number), (read.Session, read.Lane, read.Number));
        Assert.Equal(step.Rows, read.Rows);
        Assert.Equal(Bits(step.Activations), Bits(read.Activations));
        ShardText text = Assert.Single(read.Texts);
        Assert.Equal((1, 5), (text.Row, text.Tokens));
        Assert.Equal(Bits(numbers), Bits(text.States));
    }

    [Fact]
    public void Parse_OfAKey_GivesItsParts()
    {
        Assert.Equal(("silo", "cpu:1", "a/b"), ShardKey.Parse(ShardKey.For("silo", "cpu:1", "a/b")));
        Assert.Throws<FormatException>(() => ShardKey.Parse("silo|cpu"));
    }

    private static int[] Bits(float[] numbers) => [.. numbers.Select(BitConverter.SingleToInt32Bits)];
}
