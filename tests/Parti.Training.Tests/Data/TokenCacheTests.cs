using Parti.Training.Data;

namespace Parti.Training.Tests.Data;

public sealed class TokenCacheTests : IDisposable
{
    private const int HeaderBytes = 4096;

    private static readonly TokenCacheBinding Binding = new("pictures 1 abc", "0123", 64, Keys: 10, Tokens: 4, Codes: 8192);

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Path => _folder.At("cache/tokens.bin");

    [Theory]
    [InlineData(2)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(int.MaxValue)]
    public void TryRead_AfterReopening_GivesWhatWasWritten(int codes)
    {
        TokenCacheBinding binding = Binding with { Codes = codes };
        int[] row = [0, codes - 1, 1, codes / 2], other = [1, 0, 0, 0], read = new int[4];
        using (TokenCache cache = TokenCache.Open(Path, binding))
        {
            cache.Write(7, row);
            cache.Write(0, other);
        }
        using TokenCache again = TokenCache.Open(Path, binding);

        Assert.True(again.TryRead(7, read));
        Assert.Equal(row, read);
        Assert.True(again.TryRead(0, read));
        Assert.Equal(other, read);
        Assert.Equal(2, again.CountKept());
    }

    [Fact]
    public void TryRead_NothingKept_LeavesTheSpanAlone()
    {
        using TokenCache cache = TokenCache.Open(Path, Binding);
        cache.Write(5, [0, 0, 0, 0]);
        int[] read = [9, 9, 9, 9];

        Assert.All(new long[] { 0, 4, 6, 9 }, key => Assert.False(cache.TryRead(key, read)));
        Assert.Equal([9, 9, 9, 9], read);
    }

    [Fact]
    public void TryRead_RowHalfWritten_IsMissing()
    {
        int[] read = new int[4];
        using (TokenCache cache = TokenCache.Open(Path, Binding))
        {
            cache.Write(3, [5, 6, 7, 8]);
        }
        byte[] whole = File.ReadAllBytes(Path);
        int start = HeaderBytes + (3 * 16);
        for (int written = 0; written < 16; written++)
        {
            // The file ends there, or the rest is the gap it was before, or what stood there before.
            foreach (byte[] file in new[] { whole[..(start + written)], Filled(whole, start + written, 0), Filled(whole, start + written, 0xAB) })
            {
                File.WriteAllBytes(Path, file);
                using TokenCache cache = TokenCache.Open(Path, Binding);
                Assert.False(cache.TryRead(3, read), $"{written} bytes were written");
            }
        }
    }

    [Fact]
    public void TryRead_RowOfAnotherKey_IsMissing()
    {
        using (TokenCache cache = TokenCache.Open(Path, Binding))
        {
            cache.Write(1, [5, 6, 7, 8]);
        }
        byte[] file = File.ReadAllBytes(Path);
        file.AsSpan(HeaderBytes + 16, 16).CopyTo(file.AsSpan(HeaderBytes));
        File.WriteAllBytes(Path, file);
        using TokenCache moved = TokenCache.Open(Path, Binding);

        Assert.False(moved.TryRead(0, new int[4]));
        Assert.True(moved.TryRead(1, new int[4]));
    }

    [Fact]
    public void Open_OtherBinding_IsRefusedOrReplaced()
    {
        using (TokenCache cache = TokenCache.Open(Path, Binding))
        {
            cache.Write(1, [5, 6, 7, 8]);
        }
        TokenCacheBinding[] others =
        [
            Binding with { Examples = "pictures 1 abd" }, Binding with { Weights = "x" }, Binding with { Size = 32 },
            Binding with { Keys = 11 }, Binding with { Tokens = 5 }, Binding with { Codes = 4096 },
        ];
        foreach (TokenCacheBinding other in others)
        {
            DataException error = Assert.Throws<DataException>(() => TokenCache.Open(Path, other));
            Assert.Contains(Path, error.Message, StringComparison.Ordinal);
            Assert.Contains("pictures 1 abc; weights 0123; 64 px", error.Message, StringComparison.Ordinal);
        }
        using TokenCache replaced = TokenCache.Open(Path, others[0], replace: true);
        Assert.False(replaced.TryRead(1, new int[4]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(5000)]
    public void Open_NoCache_IsRefused(int length)
    {
        _folder.Write("cache/tokens.bin", new byte[length]);
        foreach (bool replace in new[] { false, true })
        {
            Assert.Contains("is no token cache", Assert.Throws<DataException>(() => TokenCache.Open(Path, Binding, replace)).Message, StringComparison.Ordinal);
        }
        Assert.Equal(length, new FileInfo(Path).Length);
    }

    [Fact]
    public void Write_OutOfRange_IsRefused()
    {
        using TokenCache cache = TokenCache.Open(Path, Binding);

        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Write(10, [1, 2, 3, 4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Write(-1, [1, 2, 3, 4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Write(0, [1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Write(0, [1, 2, 3, 8192]));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Write(0, [1, 2, 3, -1]));
    }

    [Fact]
    public void Write_ManyThreadsAndTwoHandles_LosesNothing()
    {
        TokenCacheBinding binding = Binding with { Keys = 2000, Tokens = 64 };
        using TokenCache one = TokenCache.Open(Path, binding), two = TokenCache.Open(Path, binding);
        int[] Row(long key) => [.. Enumerable.Range(0, 64).Select(i => (int)((key * 31) + i) % 8192)];
        Parallel.For(0, 4000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            (i % 2 == 0 ? one : two).Write(i % 2000, Row(i % 2000));
            int[] read = new int[64];
            if (one.TryRead((i * 7) % 2000, read))
            {
                Assert.Equal(Row((i * 7) % 2000), read);
            }
        });

        Assert.Equal(2000, two.CountKept());
    }

    private static byte[] Filled(byte[] file, int from, byte value)
    {
        byte[] copy = [.. file];
        copy.AsSpan(from).Fill(value);
        return copy;
    }
}
