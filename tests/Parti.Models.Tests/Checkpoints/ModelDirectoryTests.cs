using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Parti.Models.Checkpoints;
using TorchSharp;

namespace Parti.Models.Tests.Checkpoints;

public sealed class ModelDirectoryTests : IDisposable
{
    readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Open_WrittenModel_HasTheSameManifest()
    {
        ModelManifest written = ModelSample.Create(directory.Path).Manifest;
        ModelManifest read = ModelDirectory.Open(directory.Path).Manifest;
        Assert.Equal(ModelSample.Manifest().Architecture, read.Architecture);
        Assert.Equal(written.Sampling, read.Sampling);
        Assert.Equal(written.Weights, read.Weights);
        Assert.Equal(written.TextTokenizer, read.TextTokenizer);
        Assert.Equal(written.License, read.License);
        Assert.Equal(written.Files, read.Files);
        Assert.Equal("0.9 of 500", read.Provenance.Scores["single"]);
        string json = File.ReadAllText(directory["model.json"]);
        Assert.Contains("\"attention\": \"convolution\"", json, StringComparison.Ordinal);
        Assert.Contains("\"max_text_tokens\": 32", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"heads\": 4", "\"heads\": 5", "architecture.transformer.width is 64")]
    [InlineData("\"heads\": 4", "\"heads\": 0", "architecture.transformer.heads is 0; it must be 1 to 1024")]
    [InlineData("\"heads\": 4", "\"heads\": \"4\"", "architecture.transformer.heads")]
    [InlineData("\"heads\": 4,", "", "heads")]
    [InlineData("\"heads\": 4", "\"heads\": 4,\n\"heads\": 4", "heads")]
    [InlineData("\"heads\": 4", "\"headz\": 4", "headz")]
    [InlineData("\"decoder_layers\": 4", "\"decoder_layers\": -1", "architecture.transformer.decoder_layers is -1; it must be 1 to 256")]
    [InlineData("\"attention\": \"convolution\"", "\"attention\": \"sparse\"", "\"dense\" or \"convolution\"")]
    [InlineData("\"kernel\": 5", "\"kernel\": 4", "architecture.transformer.kernel is 4; it must be an odd number")]
    [InlineData("\"image_tokens\": 64", "\"image_tokens\": 65", "architecture.transformer.image_tokens is 65")]
    [InlineData("\"image_size\": 64", "\"image_size\": 128", "architecture.transformer.grid_height is 8")]
    [InlineData("\"image_size\": 64", "\"image_size\": 65", "architecture.image_tokenizer.image_size is 65")]
    [InlineData("\"output\": \"raw\"", "\"output\": \"sigmoid\"", "\"raw\" or \"logit-laplace\"")]
    [InlineData("\"layers\": 3", "\"layers\": 300", "architecture.image_tokenizer.decoder.layers is 300")]
    [InlineData("\"factor\": 4", "\"factor\": 3", "architecture.upsampler.factor is 3; it must be 2 or 4")]
    [InlineData("\"temperature\": 1", "\"temperature\": 11", "sampling.temperature is 11; it must be 0 to 10")]
    [InlineData("\"top_p\": 0.9", "\"top_p\": 0", "sampling.top_p is 0")]
    [InlineData("\"top_k\": 32", "\"top_k\": 129", "sampling.top_k is 129; it must be 0 to 128")]
    [InlineData("\"name\": \"demo\"", "\"name\": \"../demo\"", "name is \"../demo\"")]
    [InlineData("\"name\": \"demo\"", "\"name\": null", "name")]
    [InlineData("\"family\": \"parti\"", "\"family\": \"other\"", "family is \"other\"")]
    [InlineData("\"format_version\": 1", "\"format_version\": 2", "format_version is 2")]
    [InlineData("\"upsampler.safetensors\": {", "\"../upsampler.safetensors\": {", "files.\"../upsampler.safetensors\"")]
    [InlineData("\"upsampler.safetensors\": {", "\"/etc/passwd\": {", "files.\"/etc/passwd\"")]
    [InlineData("\"upsampler.safetensors\": {", "\"model.json\": {", "files.\"model.json\"")]
    [InlineData("\"upsampler\": \"upsampler.safetensors\"", "\"upsampler\": \"other.safetensors\"", "weights.upsampler is \"other.safetensors\"")]
    [InlineData("\"upsampler\": \"upsampler.safetensors\"", "\"upsampler\": null", "weights.upsampler is null")]
    [InlineData("\"kind\": \"sentencepiece\"", "\"kind\": \"bpe\"", "text_tokenizer.kind is \"bpe\"")]
    [InlineData("\"bytes\": 9", "\"bytes\": 0", "bytes is 0")]
    [InlineData("\"sha256\": \"", "\"sha256\": \"x", "sha256 is \"x")]
    [InlineData("\"weights\": \"Apache-2.0\"", "\"weights\": \" \"", "license.weights is empty")]
    [InlineData("{", "", "model.json")]
    [InlineData("{", "[{", "model.json")]
    public void Open_ManifestThatDoesNotFit_NamesKeyAndRange(string from, string to, string named)
    {
        ModelSample.Create(directory.Path);
        string json = File.ReadAllText(directory["model.json"]);
        int at = json.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0, json);
        File.WriteAllText(directory["model.json"], json[..at] + to + json[(at + from.Length)..]);
        CheckpointException error = Assert.Throws<CheckpointException>(() => ModelDirectory.Open(directory.Path));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(directory["model.json"], error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("\"output\": \"logit-laplace\"", PixelOutput.LogitLaplace)]
    [InlineData("\"output\": \"raw\"", PixelOutput.Raw)]
    [InlineData(null, PixelOutput.Raw)]
    public void Open_OutputOfTheImageTokenizer_IsRawWhereTheManifestSaysNothing(string? written, PixelOutput read)
    {
        ModelSample.Create(directory.Path);
        string json = File.ReadAllText(directory["model.json"]);
        Assert.Matches(",\\s*\"output\": \"raw\"", json);
        File.WriteAllText(directory["model.json"], Regex.Replace(json, ",\\s*\"output\": \"raw\"", written is null ? "" : "," + written));
        Assert.Equal(read, ModelDirectory.Open(directory.Path).Manifest.Architecture.ImageTokenizer.Output);
    }

    [Fact]
    public void Open_NoManifest_SaysSo()
    {
        Assert.Contains("has no model.json", Assert.Throws<CheckpointException>(() => ModelDirectory.Open(directory.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_ChangedFiles_AreReportedOneByOne()
    {
        ModelDirectory model = ModelSample.Create(directory.Path);
        Assert.All(model.Verify(TestContext.Current.CancellationToken), check => Assert.True(check.Ok, check.Message));
        model.RequireIntact(TestContext.Current.CancellationToken);
        File.WriteAllText(directory["transformer.safetensors"], "weights X");
        File.AppendAllText(directory["upsampler.safetensors"], "!");
        File.Delete(directory["tokenizer.model"]);
        IReadOnlyList<ModelFileCheck> checks = model.Verify(TestContext.Current.CancellationToken);
        Assert.Equal(["image_tokenizer.safetensors", "tokenizer.model", "transformer.safetensors", "upsampler.safetensors"], checks.Select(c => c.Name));
        Assert.Equal([true, false, false, false], checks.Select(c => c.Ok));
        Assert.Equal("tokenizer.model is missing.", checks[1].Message);
        Assert.Contains("SHA-256", checks[2].Message, StringComparison.Ordinal);
        Assert.Contains("has 10 bytes; model.json says 9", checks[3].Message, StringComparison.Ordinal);
        Assert.Contains("tokenizer.model is missing", Assert.Throws<CheckpointException>(
            () => model.RequireIntact(TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hash_OfFiles_IsSha256OfSortedLines()
    {
        ModelDirectory model = ModelSample.Create(directory.Path);
        string lines = string.Concat(model.Manifest.Files.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key} {f.Value.Sha256}\n"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines))), model.Hash);
        File.AppendAllText(directory["tokenizer.model"], "!");
        Assert.NotEqual(model.Hash, ModelDirectory.Write(directory.Path, model.Manifest).Hash);
    }

    [Fact]
    public void Write_MissingFile_WritesNothing()
    {
        Assert.Throws<CheckpointException>(() => ModelDirectory.Write(directory.Path, ModelSample.Manifest()));
        Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public void PathOf_UnknownFile_IsRefused()
    {
        ModelDirectory model = ModelSample.Create(directory.Path);
        Assert.Throws<CheckpointException>(() => model.PathOf("model.json"));
        Assert.Equal(directory["tokenizer.model"], model.PathOf("tokenizer.model"));
    }

    [Fact]
    public void OpenWeights_ShardWithoutHash_IsRefused()
    {
        ModelSample.Create(directory.Path);
        using (torch.NewDisposeScope())
        {
            SafeTensorsWriter.Write(directory["t-1.safetensors"], new Dictionary<string, torch.Tensor> { ["a"] = torch.ones(2) });
        }
        File.WriteAllText(directory["t.index.json"], """{"weight_map":{"a":"t-1.safetensors"}}""");
        ModelManifest manifest = ModelSample.Manifest();
        manifest = manifest with { Weights = manifest.Weights with { Transformer = "t.index.json" } };
        ModelDirectory partial = ModelDirectory.Write(directory.Path, manifest);
        Assert.Contains("t-1.safetensors", Assert.Throws<CheckpointException>(() => partial.OpenWeights("t.index.json")).Message, StringComparison.Ordinal);
        ModelDirectory whole = ModelDirectory.Write(directory.Path, manifest with
        {
            Files = new Dictionary<string, ModelFile> { ["t-1.safetensors"] = new() { Sha256 = "", Bytes = 0 } },
        });
        using SafeTensorsReader reader = whole.OpenWeights("t.index.json");
        Assert.Equal(["a"], reader.Names);
    }

    [Fact]
    public void LoadTextTokenizer_VocabularyTooLarge_IsRefused()
    {
        ModelSample.Create(directory.Path);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Text", "Data", "bpe.model"), directory["tokenizer.model"], overwrite: true);
        ModelManifest manifest = ModelSample.Manifest();
        Assert.Equal(600, ModelDirectory.Write(directory.Path, manifest).LoadTextTokenizer().VocabularySize);
        ModelArchitecture small = manifest.Architecture with { Transformer = manifest.Architecture.Transformer with { TextVocabulary = 599 } };
        Assert.Contains("600 pieces", Assert.Throws<CheckpointException>(
            () => ModelDirectory.Write(directory.Path, manifest with { Architecture = small }).LoadTextTokenizer()).Message, StringComparison.Ordinal);
        File.WriteAllText(directory["tokenizer.model"], "x");
        Assert.Throws<CheckpointException>(() => ModelDirectory.Open(directory.Path).LoadTextTokenizer());
    }
}
