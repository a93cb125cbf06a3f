using Microsoft.Extensions.Time.Testing;
using Parti.Grains.Workers;

namespace Parti.Grains.Tests.Workers;

public sealed class TokenReporterTests
{
    private readonly FakeTimeProvider _time = new();
    private int _due;

    [Theory]
    [InlineData(31, 1000, 0)]
    [InlineData(32, 249, 0)]
    [InlineData(32, 250, 1)]
    [InlineData(100, 10_000, 1)]
    [InlineData(47, 0, 0)]
    [InlineData(48, 0, 1)]
    public void OnProgress_TokensAndTime_TheLaterOneDecidesUntilALossWouldCostTooMuch(int tokens, int milliseconds, int due)
    {
        TokenReporter reporter = NewReporter([]);
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Feed(reporter, 0, tokens);

        Assert.Equal(due, _due);
        Assert.Equal(tokens, reporter.Count);
    }

    [Fact]
    public void Take_AfterKeptTokens_GivesOnlyNewOnesUnlessAllAreAsked()
    {
        TokenReporter reporter = NewReporter([7, 8, 9]);
        Feed(reporter, 3, 2);

        (int position, int[] tokens) = reporter.Take();
        Assert.Equal(3, position);
        Assert.Equal([3, 4], tokens);
        Assert.Empty(reporter.Take().Tokens);
        Assert.Equal([7, 8, 9, 3, 4], reporter.Take(all: true).Tokens);
    }

    [Fact]
    public void OnProgress_ReplayOfKeptTokens_IsNotNew()
    {
        TokenReporter reporter = NewReporter([0, 1, 2]);

        Feed(reporter, 0, 3);

        Assert.Empty(reporter.Take().Tokens);
    }

    [Fact]
    public void OnProgress_NotTakenYet_IsAnnouncedOnce()
    {
        TokenReporter reporter = NewReporter([]);
        _time.Advance(TimeSpan.FromSeconds(1));
        Feed(reporter, 0, 64);
        _time.Advance(TimeSpan.FromSeconds(1));
        Feed(reporter, 64, 64);
        Assert.Equal(1, _due);

        reporter.Take();
        _time.Advance(TimeSpan.FromSeconds(1));
        Feed(reporter, 128, 32);

        Assert.Equal(2, _due);
    }

    private TokenReporter NewReporter(int[] kept) => new(kept, 256, new(), _time, () => _due++);

    private static void Feed(TokenReporter reporter, int from, int count)
    {
        for (int position = from; position < from + count; position++)
        {
            reporter.OnProgress(new(position, new[] { position }));
        }
    }
}
