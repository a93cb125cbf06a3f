using Parti.Training.Data;
using Parti.Training.Tests.Scenes;

namespace Parti.Training.Tests.Data;

public sealed class EpochOrderTests
{
    [Fact]
    public void At_EveryPlace_IsAPermutation()
    {
        ulong seed = TestSeed.Next();
        foreach (int count in Enumerable.Range(1, 70).Append(255).Append(256).Append(257).Append(10_000))
        {
            EpochOrder order = new(count, seed, epoch: 3);
            Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), Enumerable.Range(0, count).Select(i => order.At(i)).Order());
        }
    }

    [Fact]
    public void At_OtherEpochOrSeed_IsAnotherOrder()
    {
        long[] First(ulong seed, long epoch) => [.. Enumerable.Range(0, 1000).Select(i => new EpochOrder(1000, seed, epoch).At(i))];
        long[] order = First(1, 0);

        Assert.Equal(order, First(1, 0));
        // Two independent orders share one place of a thousand on average.
        Assert.InRange(order.Zip(First(1, 1)).Count(pair => pair.First == pair.Second), 0, 12);
        Assert.InRange(order.Zip(First(2, 0)).Count(pair => pair.First == pair.Second), 0, 12);
        Assert.InRange(order.Where((item, place) => item == place).Count(), 0, 12);
    }

    [Fact]
    public void At_HugeCount_StaysBelowIt()
    {
        EpochOrder order = new((1L << 61) + 3, 1, 0);
        Assert.All(Enumerable.Range(0, 100), i => Assert.InRange(order.At(i), 0, 1L << 61));
    }

    [Fact]
    public void At_FixedSeed_IsPinned() =>
        Assert.Equal(Pinned, Enumerable.Range(0, 12).Select(i => new EpochOrder(12, seed: 1, epoch: 0).At(i)));

    private static readonly long[] Pinned = [3, 0, 8, 7, 9, 2, 1, 5, 6, 4, 10, 11];
}
