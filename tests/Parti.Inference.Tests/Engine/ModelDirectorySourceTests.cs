using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;
using Parti.Inference.Execution;
using Parti.Models.Checkpoints;

namespace Parti.Inference.Tests.Engine;

[Collection(TorchSetup.Name)]
public sealed class ModelDirectorySourceTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-models-").FullName;
    readonly CancellationToken _ct = TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Models_FromManifests_AreDescribedWithoutLoading()
    {
        ModelDirectory directory = WriteModel("tiny");

        ModelDescription model = Source().Models["tiny"];

        Assert.Equal(directory.Hash, model.Hash);
        Assert.Equal((12, 16, 16), (model.MaxTextTokens, model.ImageTokens, model.NativeSize));
        Assert.Equal([16, 32], model.Sizes);
        Assert.Equal(new SamplingParams(2.5f, 0.9f, 50, 0.95f), model.Defaults);
    }

    [Fact]
    public async Task Load_IntactModel_Samples()
    {
        WriteModel("tiny");
        await using DeviceEngine engine = Engine();
        TextConditioning text = await engine.EncodeAsync(new EncodeRequest("tiny", "a red circle", null), _ct);

        int[] tokens = await engine.SampleAsync(new SampleRequest(text, engine.Models["tiny"].Defaults, 1, 0, []), cancellationToken: _ct);

        Assert.Equal(16, tokens.Length);
    }

    [Fact]
    public async Task Load_ChangedFile_IsRefusedByNameAndOtherModelsWork()
    {
        WriteModel("good");
        ModelDirectory bad = WriteModel("tiny");
        File.AppendAllText(bad.PathOf("transformer.safetensors"), "x");
        await using DeviceEngine engine = Engine();

        EngineRequestException error = await Assert.ThrowsAsync<EngineRequestException>(
            () => engine.EncodeAsync(new EncodeRequest("tiny", "a red circle", null), _ct));

        Assert.Equal("model_unavailable", error.Code);
        Assert.Contains("transformer.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Equal("good", (await engine.EncodeAsync(new EncodeRequest("good", "a red circle", null), _ct)).Model);
    }

    [Fact]
    public void Models_NoUsableDirectory_IsRefusedWithTheReason()
    {
        Assert.Equal("model_unavailable", Assert.Throws<EngineRequestException>(Source).Code);
        Directory.CreateDirectory(Path.Combine(_folder, "broken"));
        File.WriteAllText(Path.Combine(_folder, "broken", "model.json"), "{");
        Assert.Contains("model.json", Assert.Throws<EngineRequestException>(Source).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, null, "cpu", "Slots")]
    [InlineData(257, null, "cpu", "Slots")]
    [InlineData(8, 0, "cpu", "Threads")]
    [InlineData(8, null, "gpu", "Device")]
    [InlineData(8, null, "cuda:x", "Device")]
    public void Validate_OptionOutOfRange_NamesIt(int slots, int? threads, string device, string name)
    {
        EngineOptions options = new() { Slots = slots, Threads = threads, Device = device, ModelPaths = { _folder } };

        Assert.StartsWith(name, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_NoModelPath_NamesIt() =>
        Assert.StartsWith("ModelPaths", Assert.Throws<ArgumentException>(new EngineOptions().Validate).Message, StringComparison.Ordinal);

    DeviceEngine Engine() => DeviceEngine.Open(Options(), (_, _, _) => new TinyNetworks(), NullLogger.Instance);

    ModelDirectorySource Source() => new(Options(), (_, _, _) => new TinyNetworks(), NullLogger.Instance);

    EngineOptions Options() => new() { Threads = 1, Slots = 2, Preload = true, ModelPaths = { _folder } };

    ModelDirectory WriteModel(string name)
    {
        string path = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        File.WriteAllBytes(Path.Combine(path, "tokenizer.model"), TinyModel.TokenizerFile);
        foreach (string file in new[] { "transformer", "tokenizer", "upsampler" })
        {
            File.WriteAllText(Path.Combine(path, $"{file}.safetensors"), file);
        }
        return ModelDirectory.Write(path, Manifest(name));
    }

    static ModelManifest Manifest(string name)
    {
        TransformerStack stack = new() { Layers = 1, Width = 8, MlpWidth = 8, Heads = 1 };
        return new ModelManifest
        {
            Name = name,
            Architecture = new ModelArchitecture
            {
                Transformer = new TransformerArchitecture
                {
                    EncoderLayers = 1, DecoderLayers = 2, Width = 64, MlpWidth = 256, Heads = 4, TextVocabulary = 300,
                    MaxTextTokens = 12, CodebookSize = 64, ImageTokens = 16, GridHeight = 4, GridWidth = 4,
                },
                ImageTokenizer = new ImageTokenizerArchitecture
                {
                    ImageSize = 16, PatchSize = 4, CodebookSize = 64, CodebookDim = 8, Encoder = stack, Decoder = stack,
                },
                Upsampler = new UpsamplerArchitecture { Factor = 2, Blocks = 1, Channels = 8, Expansion = 2 },
            },
            TextTokenizer = new TextTokenizerEntry { File = "tokenizer.model", LowerCase = true },
            Sampling = new SamplingDefaults { GuidanceScale = 2.5f, Temperature = 0.9f, TopK = 50, TopP = 0.95f },
            Weights = new WeightFiles
            {
                Transformer = "transformer.safetensors", ImageTokenizer = "tokenizer.safetensors", Upsampler = "upsampler.safetensors",
            },
            Files = new Dictionary<string, ModelFile>(),
            License = new ModelLicense { Weights = "Apache-2.0", Data = "CC0-1.0" },
            Provenance = new ModelProvenance(),
        };
    }
}
