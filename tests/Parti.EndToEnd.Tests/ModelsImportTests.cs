namespace Parti.EndToEnd.Tests;

public sealed class ModelsImportTests : IDisposable
{
    private readonly CommandLine _parti = new();

    public void Dispose() => _parti.Dispose();

    [Fact]
    public async Task Import_PublishedCheckpoint_CanBeVerifiedAndIsNoModelToServe()
    {
        string made = Path.Combine(_parti.Folder, "vit");

        (int code, string output, string error) = await _parti.RunAsync("models", "import", Fixture("vit-vqgan/tiny"), made);
        (int verified, string checks, _) = await _parti.RunAsync("models", "verify", made);
        (int listed, _, string nothing) = await _parti.RunAsync("models", "list", "--model-path", _parti.Folder);

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("vit-vqgan: 59 tensors", output, StringComparison.Ordinal);
        Assert.Contains("100 %", output, StringComparison.Ordinal);
        Assert.Contains("licence of the weights: MIT", output, StringComparison.Ordinal);
        Assert.Equal(0, verified);
        Assert.Contains("as the networks need them, all finite", checks, StringComparison.Ordinal);
        Assert.Equal(1, listed);
        Assert.Contains("There is no model", nothing, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere", "does not exist")]
    [InlineData("empty", "no checkpoint")]
    public async Task Import_NoSource_SaysSoInOneLineAndWritesNothing(string source, string says)
    {
        Directory.CreateDirectory(Path.Combine(_parti.Folder, "empty"));
        string made = Path.Combine(_parti.Folder, "made");

        (int code, string output, string error) = await _parti.RunAsync("models", "import", Path.Combine(_parti.Folder, source), made);

        Assert.Equal((1, ""), (code, output));
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.False(Directory.Exists(made));
    }

    [Fact]
    public async Task Import_UnknownFamily_ListsTheNames()
    {
        (int code, _, string error) = await _parti.RunAsync("models", "import", Fixture("vit-vqgan/tiny"), _parti.Folder, "--family", "dalle");

        Assert.Equal(2, code);
        Assert.Contains("taming-vqgan", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A Name")]
    [InlineData(".hidden")]
    public async Task Import_BadName_SaysWhatIsAllowed(string name)
    {
        string made = Path.Combine(_parti.Folder, "made");

        (int code, _, string error) = await _parti.RunAsync("models", "import", Fixture("vit-vqgan/tiny"), made, "--name", name);

        Assert.Equal(2, code);
        Assert.Contains("--name", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(made));
    }

    private static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);
}
