namespace Parti.EndToEnd.Tests;

public sealed class DataTests : IDisposable
{
    private readonly CommandLine _parti = new();

    public void Dispose() => _parti.Dispose();

    private string Pictures => Path.Combine(_parti.Folder, "pictures");

    [Fact]
    public async Task Show_PicturesThatMakeWrote_ReadsThem()
    {
        await _parti.RunAsync("data", "make", Pictures, "--count", "5");
        (int code, string output, string error) = await _parti.RunAsync("data", "show", "--data", Pictures, "--count", "3");

        Assert.Equal((0, ""), (code, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.All(lines.Take(3), line => Assert.Matches("^00000[0-4]\\.png\t256 x 256\t.+", line));
        Assert.Equal("manifest table: 5 pictures, 0 passed over", lines[3]);
    }

    [Fact]
    public async Task Check_BrokenAndBarePictures_NamesAndCountsThem()
    {
        await _parti.RunAsync("data", "make", Pictures, "--count", "4");
        CancellationToken token = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(Path.Combine(Pictures, "000002.png"), "no picture", token);
        await File.AppendAllTextAsync(Path.Combine(Pictures, "captions.tsv"), "gone.png\ta ghost\n", token);
        string list = Path.Combine(_parti.Folder, "list");
        (int code, string output, string error) = await _parti.RunAsync("data", "check", Pictures);
        (_, string counts, _) = await _parti.RunAsync("data", "check", Pictures, "--skipped", list);

        Assert.Equal((0, ""), (code, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.StartsWith("captions.tsv:6\tmissing\t", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("000002.png\tnot_a_picture\t", lines[1], StringComparison.Ordinal);
        Assert.Equal(["manifest table: 3 pictures, 2 passed over", "  missing\t1", "  not_a_picture\t1"], lines[2..]);
        Assert.Equal(lines[2..], counts.TrimEnd('\n').Split('\n'));
        Assert.Equal(3, File.ReadAllLines(Path.Combine(list, "skipped.csv")).Length);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("show", "--data")]
    public async Task Data_NoSuchSource_FailsInOneLine(params string[] command)
    {
        (int code, _, string error) = await _parti.RunAsync(["data", .. command, Pictures]);

        Assert.Equal(1, code);
        Assert.Contains(Pictures, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }
}
