using Parti.Models.Checkpoints;

namespace Parti.Models.Tests.Checkpoints;

public sealed class ModelCatalogTests : IDisposable
{
    readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Find_SameNameTwice_TakesTheFirst()
    {
        ModelSample.Create(directory["one/x"], "alpha");
        ModelSample.Create(directory["two/alpha"], "alpha");
        ModelSample.Create(directory["two/beta"], "beta");
        ModelCatalog catalog = ModelCatalog.Find([directory["one"], directory["missing"], directory["two"], directory["two/beta"]]);
        Assert.Equal(["alpha", "beta"], catalog.Models.Select(m => m.Manifest.Name));
        Assert.Equal(directory["one/x"], catalog.Resolve("alpha").DirectoryPath);
    }

    [Fact]
    public void Resolve_NoName_TakesTheOnlyOneOrDemo()
    {
        ModelSample.Create(directory["alpha"], "alpha");
        Assert.Equal("alpha", ModelCatalog.Find([directory.Path]).Resolve().Manifest.Name);
        ModelSample.Create(directory["beta"], "beta");
        Assert.Contains("choose one of alpha, beta", Assert.Throws<CheckpointException>(
            () => ModelCatalog.Find([directory.Path]).Resolve()).Message, StringComparison.Ordinal);
        ModelSample.Create(directory["demo"]);
        Assert.Equal("demo", ModelCatalog.Find([directory.Path]).Resolve().Manifest.Name);
    }

    [Fact]
    public void Resolve_UnknownName_ListsTheKnown()
    {
        ModelSample.Create(directory["alpha"], "alpha");
        ModelSample.Create(directory["beta"], "beta");
        CheckpointException error = Assert.Throws<CheckpointException>(() => ModelCatalog.Find([directory.Path]).Resolve("gamma"));
        Assert.Equal("There is no model \"gamma\"; known are alpha, beta.", error.Message);
    }

    [Fact]
    public void Resolve_NoModels_NamesTheFolders()
    {
        CheckpointException error = Assert.Throws<CheckpointException>(() => ModelCatalog.Find([directory["none"]]).Resolve());
        Assert.Contains(directory["none"], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_BrokenManifest_LeavesTheOthersUsable()
    {
        ModelSample.Create(directory["alpha"], "alpha");
        Directory.CreateDirectory(directory["bad"]);
        File.WriteAllText(directory["bad/model.json"], "{}");
        ModelCatalog catalog = ModelCatalog.Find([directory.Path]);
        Assert.Equal("alpha", catalog.Resolve().Manifest.Name);
        Assert.Equal([directory["bad"]], catalog.Broken.Keys);
        Assert.Equal(catalog.Broken[directory["bad"]], Assert.Throws<CheckpointException>(() => catalog.Resolve("bad")).Message);
    }
}
