using System.Security.Cryptography;
using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.Families.Importing;
using Parti.Models.Tests.Checkpoints;
using Parti.Models.Tests.Checkpoints.Torch;

namespace Parti.Models.Tests.Families;

public sealed class ModelImporterTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("taming-vqgan/f16", "taming-vqgan", 343)]
    [InlineData("llamagen/vq8", "llamagen-vq", 0)]
    [InlineData("vit-vqgan/tiny", "vit-vqgan", 59)]
    public void Run_PublishedCheckpoint_GivesADirectoryThatVerifies(string fixture, string family, int tensors)
    {
        Import(FixtureFolder.Of(fixture), _folder["model"]);

        ComponentManifest manifest = ComponentDirectory.Open(_folder["model"]).Manifest;
        Assert.Equal((family, "image-tokenizer", "MIT"), (manifest.Family, manifest.Component, manifest.License.Weights));
        (string source, string hash) = Assert.Single(manifest.Provenance.SourceFiles!);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(FixtureFolder.Of(fixture), source)))), hash);
        Assert.All(ModelVerification.Run(_folder["model"], TestContext.Current.CancellationToken), check => Assert.True(check.Ok, check.Message));
        Assert.Equal(["image_tokenizer.safetensors", "model.json"], Directory.EnumerateFiles(_folder["model"]).Select(Path.GetFileName).Order());
        using SafeTensorsReader weights = SafeTensorsReader.Open(_folder["model/image_tokenizer.safetensors"]);
        Assert.True(tensors == 0 || weights.Names.Count == tensors);
        Assert.DoesNotContain(weights.Names, name => name.StartsWith("loss", StringComparison.Ordinal) || name.Contains("codebook_used", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_StoppedAndStartedAgain_GivesTheSameBytes()
    {
        Import(FixtureFolder.Of("vit-vqgan/tiny"), _folder["whole"]);
        using CancellationTokenSource stop = new();
        Progress stopping = new(progress =>
        {
            if (progress.Bytes > progress.TotalBytes / 2)
            {
                stop.Cancel();
            }
        });

        Assert.Throws<OperationCanceledException>(() => Import(FixtureFolder.Of("vit-vqgan/tiny"), _folder["model"], stopping, stop.Token));
        Assert.False(ModelDirectory.Exists(_folder["model"]));
        Import(FixtureFolder.Of("vit-vqgan/tiny"), _folder["model"]);

        Assert.Equal(File.ReadAllBytes(_folder["whole/image_tokenizer.safetensors"]), File.ReadAllBytes(_folder["model/image_tokenizer.safetensors"]));
        Assert.False(File.Exists(_folder["model/import.json"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(40)]
    public void Write_UnfinishedFile_GoesOnBehindWhatIsOnTheDisk(int blocks)
    {
        using ImportSource source = ImportSource.Open(FixtureFolder.Of("vit-vqgan/tiny"));
        StreamedWeights weights = new(ModelFamilies.Recognise(source).Plan(source, new("vit")).Weights[0]);
        byte[] whole = [.. weights.From(0).SelectMany(block => block.ToArray())];
        int durable = weights.From(0).Take(blocks).Sum(block => block.Length);
        File.WriteAllBytes(_folder["w.partial"], [.. whole[..durable], 1, 2, 3]);
        long written = 0;

        ModelFile file = new WeightFileWriter(_folder["w"], weights).Write(durable, _ => { }, count => written += count, CancellationToken.None);

        Assert.Equal(whole, File.ReadAllBytes(_folder["w"]));
        Assert.Equal((whole.Length, Convert.ToHexStringLower(SHA256.HashData(whole))), (file.Bytes, file.Sha256));
        Assert.Equal(whole.Length, written);
    }

    [Fact]
    public void Write_UnfinishedFileOfOtherTensors_BeginsAnew()
    {
        using ImportSource source = ImportSource.Open(FixtureFolder.Of("vit-vqgan/tiny"));
        StreamedWeights weights = new(ModelFamilies.Recognise(source).Plan(source, new("vit")).Weights[0]);
        File.WriteAllBytes(_folder["w.partial"], new byte[weights.Header.Length + 100]);

        new WeightFileWriter(_folder["w"], weights).Write(weights.Header.Length, _ => { }, _ => { }, CancellationToken.None);

        Assert.Equal([.. weights.From(0).SelectMany(block => block.ToArray())], File.ReadAllBytes(_folder["w"]));
    }

    [Fact]
    public void Run_FolderWithOtherFiles_LosesNothing()
    {
        Directory.CreateDirectory(_folder["model"]);
        File.WriteAllText(_folder["model/mine.txt"], "mine");

        CheckpointException refused = Assert.Throws<CheckpointException>(() => Import(FixtureFolder.Of("vit-vqgan/tiny"), _folder["model"]));

        Assert.Contains("not empty", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["mine.txt"], Directory.EnumerateFiles(_folder["model"]).Select(Path.GetFileName));
    }

    [Fact]
    public void Open_FolderWithAHostileFile_SaysWhyNothingIsRecognised()
    {
        Directory.CreateDirectory(_folder["source"]);
        File.WriteAllBytes(_folder["source/model.pt"], TorchFile.Of(new PickleWriter().Global("os", "system").Text("x").Raw(0x85).Op('R').Stop()));
        using ImportSource source = ImportSource.Open(_folder["source"]);

        CheckpointException refused = Assert.Throws<CheckpointException>(() => ModelFamilies.Recognise(source));

        Assert.Contains("os.system", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ShardsWithAnIndex_AreOneCheckpoint()
    {
        Directory.CreateDirectory(_folder["source"]);
        File.WriteAllBytes(_folder["source/a.bin"], TorchFile.OneTensor(1, 0, [1], [1]));
        File.WriteAllText(_folder["source/pytorch_model.bin.index.json"], """{"weight_map":{"w":"a.bin"}}""");

        using ImportSource source = ImportSource.Open(_folder["source"]);

        Assert.Equal("pytorch_model.bin.index.json", Assert.Single(source.Checkpoints).Name);
        Assert.Equal(["w"], source.Checkpoints[0].Tensors.Keys);
    }

    [Theory]
    [InlineData("""{"weight_map":{"w":"a.bin","v":"a.bin"}}""", "\"v\"")]
    [InlineData("""{"weight_map":{"v":"../a.bin"}}""", "beside the index")]
    [InlineData("""{"weight_map":7}""", "weight_map")]
    [InlineData("[]", "JSON object")]
    public void Open_BadIndex_IsRefused(string index, string says)
    {
        File.WriteAllBytes(_folder["a.bin"], TorchFile.OneTensor(1, 0, [1], [1]));
        File.WriteAllText(_folder["x.index.json"], index);

        CheckpointException refused = Assert.Throws<CheckpointException>(() => ImportSource.Open(_folder["x.index.json"]).Dispose());

        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    private static void Import(string from, string to) => Import(from, to, null, TestContext.Current.CancellationToken);

    private static void Import(string from, string to, IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
    {
        using ImportSource source = ImportSource.Open(from);
        IModelFamily family = ModelFamilies.Recognise(source);
        ModelImporter.Run(source, family, family.Plan(source, new("imported")), to, progress, cancellationToken);
    }

    private sealed class Progress(Action<ImportProgress> report) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => report(value);
    }
}
