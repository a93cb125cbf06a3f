namespace Parti.EndToEnd.Tests;

public sealed class ModelsPlanTests : IDisposable
{
    private readonly CommandLine _parti = new();

    public void Dispose() => _parti.Dispose();

    [Fact]
    public async Task Plan_ModelThatFits_SaysSlotsAndFloor()
    {
        (int code, string output, string error) = await _parti.RunAsync("models", "plan", "--preset", "3B", "--device", "h200");

        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"weights +7\.0\d GiB", output);
        Assert.Matches(@"cache of a slot +648 MiB", output);
        Assert.Matches(@"slots that fit +\d{3} ", output);
        Assert.Matches(@" 1 at once: at most \d+ tokens/s, at least \d\.\d\d s a picture", output);
    }

    [Fact]
    public async Task Plan_ModelThatDoesNotFit_FailsWithTheWayOut()
    {
        (int code, string output, _) = await _parti.RunAsync("models", "plan", "--preset", "20B", "--memory", "24GiB");

        Assert.Equal(1, code);
        Assert.Contains("more shards", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_Shards_ShareTheWeights()
    {
        (int code, string output, _) = await _parti.RunAsync("models", "plan", "--preset", "20B", "--memory", "48GiB", "--shards", "4", "--dtype", "f16");

        Assert.Equal(0, code);
        Assert.Contains("on the fullest of 4 shards", output, StringComparison.Ordinal);
        Assert.DoesNotContain("tokens/s", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--preset", "--memory", "8GiB")]
    [InlineData("--device", "--preset", "3B")]
    [InlineData("--memory", "--preset", "3B", "--memory", "8GiB", "--device", "h200")]
    [InlineData("--memory", "--preset", "3B", "--memory", "8")]
    [InlineData("--bandwidth", "--preset", "3B", "--memory", "8GiB", "--bandwidth", "fast")]
    [InlineData("--preset", "--preset", "4B", "--memory", "8GiB")]
    [InlineData("--device", "--preset", "3B", "--device", "abacus")]
    [InlineData("--dtype", "--preset", "3B", "--memory", "8GiB", "--dtype", "f8")]
    [InlineData("--shards", "--preset", "350M", "--memory", "8GiB", "--shards", "13")]
    public async Task Plan_BadOption_NamesItInOneLine(string named, params string[] arguments)
    {
        (int code, string output, string error) = await _parti.RunAsync(["models", "plan", .. arguments]);

        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }
}
