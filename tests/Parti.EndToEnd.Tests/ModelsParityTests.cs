namespace Parti.EndToEnd.Tests;

/// <summary><c>parti models parity</c> on fixtures as they are, and on damaged ones.</summary>
public sealed class ModelsParityTests : IDisposable
{
    private readonly CommandLine _parti = new();

    public void Dispose() => _parti.Dispose();

    [Fact]
    public async Task Parity_FolderOfFixtures_PrintsATableForEach()
    {
        (int code, string output, string error) = await _parti.RunAsync("models", "parity", Fixture("vit-vqgan"));

        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"encode\.codes +0e\+0 +0e\+0 +pass", output);
        Assert.DoesNotContain("fail", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parity_ChangedGoldenTensor_FailsAndNamesIt()
    {
        string folder = Copied("fixture");
        string golden = Path.Combine(folder, "golden.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(golden, TestContext.Current.CancellationToken);
        bytes[^1] ^= 0x40;
        await File.WriteAllBytesAsync(golden, bytes, TestContext.Current.CancellationToken);

        (int code, string output, string error) = await _parti.RunAsync("models", "parity", folder);

        Assert.Equal(1, code);
        Assert.Single(output.Split('\n'), line => line.Contains(" fail", StringComparison.Ordinal));
        Assert.Contains("1 golden tensors are not met", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("golden.safetensors", "golden.safetensors")]
    [InlineData("vitvqgan.ckpt", "is of no family")]
    public async Task Parity_FileMissing_FailsInOneLine(string missing, string says)
    {
        string folder = Copied("fixture");
        File.Delete(Path.Combine(folder, missing));

        await RequireOneLineAsync(folder, says);
    }

    [Theory]
    [InlineData("manifest.json", "{")]
    [InlineData("manifest.json", "[]")]
    [InlineData("golden.safetensors", "short")]
    [InlineData("vitvqgan.ckpt", "PK, and nothing else")]
    public async Task Parity_FileDamaged_FailsInOneLine(string file, string content)
    {
        string folder = Copied("fixture");
        await File.WriteAllTextAsync(Path.Combine(folder, file), content, TestContext.Current.CancellationToken);

        await RequireOneLineAsync(folder, file);
    }

    [Fact]
    public async Task Parity_InputOfAnotherShape_FailsARowOfTheTable()
    {
        string folder = Copied("fixture"), golden = Path.Combine(folder, "golden.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(golden, TestContext.Current.CancellationToken);
        int at = bytes.AsSpan().IndexOf("[2,3,32,32]"u8);
        Assert.True(at > 0);
        "[3,2,32,32]"u8.CopyTo(bytes.AsSpan(at));
        await File.WriteAllBytesAsync(golden, bytes, TestContext.Current.CancellationToken);

        (int code, string output, string error) = await _parti.RunAsync("models", "parity", folder);

        Assert.Equal(1, code);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Contains("fail", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parity_OneBrokenFixtureOfTwo_ShowsTheOtherAndFails()
    {
        string broken = Copied("both/a");
        Copied("both/b");
        File.Delete(Path.Combine(broken, "vitvqgan.ckpt"));

        (int code, string output, string error) = await _parti.RunAsync("models", "parity", Path.Combine(_parti.Folder, "both"));

        Assert.Equal(1, code);
        Assert.Contains("is of no family", output, StringComparison.Ordinal);
        Assert.Matches(@"encode\.codes +0e\+0 +0e\+0 +pass", output);
        Assert.Contains(broken, error, StringComparison.Ordinal);
    }

    private async Task RequireOneLineAsync(string folder, string says)
    {
        (int code, _, string error) = await _parti.RunAsync("models", "parity", folder);

        Assert.Equal(1, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private string Copied(string name)
    {
        string folder = Path.Combine(_parti.Folder, name);
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(Fixture("vit-vqgan/tiny")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        return folder;
    }

    private static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);
}
