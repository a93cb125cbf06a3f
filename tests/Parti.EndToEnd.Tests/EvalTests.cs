using System.Text.Json;
using Parti.Inference;
using Parti.Inference.Imaging;
using Parti.Training.Tests.Evaluation;

namespace Parti.EndToEnd.Tests;

public sealed class EvalTests : IDisposable
{
    private readonly CommandLine _parti = new();

    public void Dispose() => _parti.Dispose();

    private string Tiny => TinyModelDirectory.Create(Path.Combine(_parti.Folder, "tiny")).DirectoryPath;

    [Theory]
    [InlineData("compositional", "--split", "train")]
    [InlineData("compositional", "--prompts", "0")]
    [InlineData("compositional", "--prompts", "1.5")]
    [InlineData("compositional", "--guidance", "1,51")]
    [InlineData("compositional", "--guidance", "1,,2")]
    [InlineData("compositional", "--temperature", "-1")]
    [InlineData("compositional", "--temperature", "")]
    [InlineData("compositional", "--seed", "-1")]
    [InlineData("compositional", "--json", "/nowhere/at/all/report.json")]
    [InlineData("compositional", "--chart", "/nowhere/at/all/chart.png")]
    [InlineData("recon", "--split", "everything")]
    [InlineData("recon", "--pictures", "0")]
    public async Task Eval_BadOption_NamesItInOneLine(string command, string option, string value) =>
        await AssertRefusedAsync(2, option, "eval", command, $"{option}={value}");

    [Theory]
    [InlineData("compositional")]
    [InlineData("recon")]
    public async Task Eval_MissingModelFolder_FailsInOneLine(string command) =>
        await AssertRefusedAsync(1, "model.json", "eval", command, "--model", Path.Combine(_parti.Folder, "missing"));

    [Fact]
    public async Task Eval_UnknownModelName_FailsInOneLine() => await AssertRefusedAsync(1, "nobody", "eval", "compositional", "--model", "nobody");

    [Fact]
    public async Task Eval_MissingRun_FailsInOneLine() =>
        await AssertRefusedAsync(1, "vqgan", "eval", "compositional", "--run", Path.Combine(_parti.Folder, "missing"));

    [Fact]
    public async Task Eval_ModelAndRun_AsksForOne() => await AssertRefusedAsync(2, "--run", "eval", "recon", "--model", "demo", "--run", "runs/demo");

    [Fact]
    public async Task Recon_FolderWithoutPictures_SaysSo() => await AssertRefusedAsync(2, "folder", "eval", "recon", _parti.Folder);

    [Fact]
    public async Task Recon_DamagedPicture_NamesIt()
    {
        string pictures = Directory.CreateDirectory(Path.Combine(_parti.Folder, "pictures")).FullName;
        await File.WriteAllTextAsync(Path.Combine(pictures, "broken.png"), "no picture", TestContext.Current.CancellationToken);
        (int code, _, string error) = await _parti.RunAsync("eval", "recon", pictures, "--model", Tiny, "--pictures", "2");

        Assert.Equal(1, code);
        Assert.Contains("broken.png", error.TrimEnd('\n').Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compositional_TinyModel_PrintsEveryRow()
    {
        (int code, string output, string error) = await _parti.RunAsync("eval", "compositional", "--model", Tiny, "--prompts", "4", "--split", "all");

        Assert.Equal((0, ""), (code, string.Concat(error.Split('\n').Where(line => line.Length > 0 && !line.EndsWith("pictures", StringComparison.Ordinal)))));
        string[] lines = output.Split('\n');
        Assert.Equal(3, lines.Count(line => line.Contains("with the relation reversed", StringComparison.Ordinal)));
        string[] scores = [.. lines.Where(line => line.Contains(" % [", StringComparison.Ordinal))];
        string[] pairs = [.. scores.Where(line => line.Contains(" of ", StringComparison.Ordinal))];
        Assert.Equal((7 * 3) + 3, scores.Length - pairs.Length);
        Assert.Equal(4, pairs.Where(line => line.StartsWith("held-out-pairs single", StringComparison.Ordinal)).Sum(line => int.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(4 * 3, output.Split('\n').Count(line => line.Contains("guidance 1.5, temperature 0.9: asked", StringComparison.Ordinal)));
        Assert.Contains("test single model, guidance 1.5, temperature 0.9: 4 of 4 pictures", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compositional_SeveralSettings_HaveOneRowEachAndAreInTheJson()
    {
        string json = Path.Combine(_parti.Folder, "report.json");
        (int code, string output, _) = await _parti.RunAsync(
            "eval", "compositional", "--model", Tiny, "--prompts", "3", "--guidance", "1,2", "--temperature", "0.7,1", "--split", "held-out-counts", "--json", json);

        Assert.Equal(0, code);
        Assert.Equal(4, output.Split('\n').Count(line => line.StartsWith("held-out-counts counts   model", StringComparison.Ordinal)));
        Assert.DoesNotContain("asked", output, StringComparison.Ordinal);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
        JsonElement[] rows = [.. report.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Equal(["ceiling", "model", "model", "model", "model", "floor"], rows.Select(row => row.GetProperty("pictures").GetString()));
        Assert.Equal((2, 0.7), (rows[3].GetProperty("guidance").GetDouble(), rows[3].GetProperty("temperature").GetDouble()));
        Assert.Equal(3, rows[3].GetProperty("factors").GetProperty("color").GetProperty("all").GetProperty("n").GetInt32());
        Assert.Equal(3, rows[3].GetProperty("confusions").GetArrayLength());
        Assert.Empty(report.RootElement.GetProperty("reversed_captions").EnumerateArray());
    }

    [Fact]
    public async Task Compositional_SameSeed_PrintsTheSame()
    {
        string model = Tiny;
        string[] arguments = ["eval", "compositional", "--model", model, "--prompts", "3", "--seed", "5"];
        Assert.Equal((await _parti.RunAsync(arguments)).Output, (await _parti.RunAsync(arguments)).Output);
    }

    [Fact]
    public async Task Recon_TinyModel_ScoresScenesAndFolder()
    {
        string pictures = Directory.CreateDirectory(Path.Combine(_parti.Folder, "pictures")).FullName;
        Picture gray = new(100, 80, [.. Enumerable.Repeat((byte)128, 100 * 80 * 3)]);
        await File.WriteAllBytesAsync(Path.Combine(pictures, "a.png"), PictureEncoder.Encode(gray, PictureFormat.Png), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(pictures, "b.JPG"), PictureEncoder.Encode(gray, PictureFormat.Jpeg), TestContext.Current.CancellationToken);
        string json = Path.Combine(_parti.Folder, "recon.json");
        (int code, string output, _) = await _parti.RunAsync("eval", "recon", pictures, "--model", Tiny, "--pictures", "5", "--split", "long-captions", "--json", json);

        Assert.Equal(0, code);
        Assert.Matches("long-captions +relation +5 ", output);
        Assert.Matches("folder +pictures +2 ", output);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
        Assert.Equal(["long-captions", "folder"], report.RootElement.GetProperty("sets").EnumerateArray().Select(set => set.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Compositional_Chart_IsAPictureOfEveryCategory()
    {
        string chart = Path.Combine(_parti.Folder, "chart.png");
        (int code, _, _) = await _parti.RunAsync(
            "eval", "compositional", "--model", Tiny, "--prompts", "2", "--guidance", "1,2", "--temperature", "0.7,1", "--chart", chart);

        Assert.Equal(0, code);
        Picture picture = PictureDecoder.Decode(await File.ReadAllBytesAsync(chart, TestContext.Current.CancellationToken));
        // Three categories in two columns.
        Assert.True(picture.Width > 1000 && picture.Height > 600, $"{picture.Width}x{picture.Height}");
    }

    private async Task AssertRefusedAsync(int expected, string named, params string[] arguments)
    {
        (int code, string output, string error) = await _parti.RunAsync(arguments);

        Assert.Equal(expected, code);
        Assert.Empty(output);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }
}
