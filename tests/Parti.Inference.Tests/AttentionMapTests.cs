namespace Parti.Inference.Tests;

public sealed class AttentionMapTests
{
    [Fact]
    public void Of_WordInAnyCaseTwice_IsTheMeanOfItsTokens()
    {
        AttentionMap map = new(1, 4, [0.1f, 0.2f, 0.3f, 0.4f], [new("red", 0, 1), new("stars", 1, 2), new("Red", 3, 1)]);

        Assert.Equal(0.25f, map.Of("RED,")![0], 5);
        Assert.Equal(0.25f, map.Of("stars")![0], 5);
        Assert.Null(map.Of("blue"));
        Assert.Equal(["red", "stars"], map.Vocabulary);
    }
}
