using Parti.Inference;
using Parti.Inference.Imaging;
using Parti.Models.Checkpoints;
using Parti.Models.Families.LlamaGen;
using Parti.Models.Families.T5;
using Parti.Models.ImageTokenizer;
using Parti.Models.Tests.Families;
using TorchSharp;

namespace Parti.EndToEnd.Tests;

/// <summary>Decoder-only families through import or model directory, silo, job and stored file.</summary>
public sealed class DecoderFamilyTests : IDisposable
{
    private readonly CommandLine _parti = new();
    private readonly CancellationToken _stop = TestContext.Current.CancellationToken;

    public void Dispose() => _parti.Dispose();

    [Fact]
    public async Task ImportAndGenerate_JanusOfTheFixture_StoresThePictureItHadBefore()
    {
        string source = Path.Combine(_parti.Folder, "janus-tiny"), model = Path.Combine(_parti.Models, "janus");
        Copy("janus/tiny", source);
        File.WriteAllText(Path.Combine(source, "tokenizer.json"), SmallJanusTokenizer.Json());

        (int refused, _, string reason) = await _parti.RunAsync("models", "import", source, model);
        (int code, _, string error) = await _parti.RunAsync("models", "import", source, model, "--accept-licence");
        (int verified, _, string damage) = await _parti.RunAsync("models", "verify", model);

        Assert.True(refused != 0 && reason.Contains("DeepSeek", StringComparison.Ordinal), reason);
        Assert.True(code == 0, error);
        Assert.True(verified == 0, damage);
        byte[] first = await GenerateAsync("a red circle"), again = await GenerateAsync("a red circle");
        Assert.Equal(64, PictureDecoder.Decode(first).Width);
        Assert.Equal(PictureDecoder.Decode(first).Rgb, PictureDecoder.Decode(again).Rgb);
    }

    [Fact]
    public async Task Generate_LlamaGenOfPublishedWidths_StoresAPicture()
    {
        WriteLlamaGen(Path.Combine(_parti.Models, "llamagen"));

        Picture picture = PictureDecoder.Decode(await GenerateAsync("a red circle to the left of a blue square"));

        Assert.Equal((64, 64), (picture.Width, picture.Height));
    }

    [Fact]
    public async Task ImportAndGenerate_FolderOfLlamaGenWithShardedT5_StoresThePictureItHadBefore()
    {
        string source = Path.Combine(_parti.Folder, "llamagen-t2i"), model = Path.Combine(_parti.Models, "captions");
        PublishedLlamaGen.Write(source);

        (int code, _, string error) = await _parti.RunAsync("models", "import", source, model);
        (int verified, _, string damage) = await _parti.RunAsync("models", "verify", model);

        Assert.True(code == 0, error);
        Assert.True(verified == 0, damage);
        byte[] first = await GenerateAsync("a red circle"), again = await GenerateAsync("a red circle"), other = await GenerateAsync("two green stars");
        Assert.Equal(256, PictureDecoder.Decode(first).Width);
        Assert.Equal(PictureDecoder.Decode(first).Rgb, PictureDecoder.Decode(again).Rgb);
        Assert.NotEqual(PictureDecoder.Decode(first).Rgb, PictureDecoder.Decode(other).Rgb);
    }

    private async Task<byte[]> GenerateAsync(string prompt)
    {
        string picture = Path.Combine(_parti.Folder, $"{Guid.NewGuid():n}.png");
        using PartiProcess generate = new(_parti.State, ["generate", prompt, "--model-path", _parti.Models, "--seed", "3", "-o", picture]);
        await generate.EndAsync(_stop);
        return await File.ReadAllBytesAsync(picture, _stop);
    }

    // Decoder as wide as GPT-B and encoder as wide as T5-XL, with fewer layers, tokens and channels than published.
    private static void WriteLlamaGen(string folder)
    {
        Directory.CreateDirectory(folder);
        LlamaGenSettings settings = new()
        {
            KeyValueHeads = 12,
            TextEncoder = new() { Layers = 1, Width = 2048, Heads = 8, HeadWidth = 64, MlpWidth = 1024, Vocabulary = 384 },
        };
        TransformerArchitecture transformer = new()
        {
            EncoderLayers = 1, DecoderLayers = 2, Width = 768, MlpWidth = 2048, Heads = 12, TextVocabulary = 384, MaxTextTokens = 120, CodebookSize = 1024,
            GridHeight = 4, GridWidth = 4, ImageTokens = 16,
        };
        ImageTokenizerArchitecture images = new()
        {
            Kind = ImageTokenizerKind.VqGan, ImageSize = 64, PatchSize = 16, CodebookSize = 1024, CodebookDim = 8,
            Convolutions = new() { Channels = 32, LevelChannels = [32, 32, 64, 64, 128], Blocks = 2, LatentChannels = 256, AttentionLevels = [4], NormalisedCodes = true },
        };
        using LlamaGenModel model = settings.Create(transformer);
        using T5Encoder encoder = new(settings.TextEncoder);
        using IImageTokenizer tokenizer = ImageTokenizers.Create(images);
        ModuleCheckpoint.Save(model, Path.Combine(folder, "transformer.safetensors"));
        ModuleCheckpoint.Save(encoder, Path.Combine(folder, "text_encoder.safetensors"));
        ModuleCheckpoint.Save((torch.nn.Module)tokenizer, Path.Combine(folder, "image_tokenizer.safetensors"));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Fixtures", "t5-encoder", "tiny", "spiece.model"), Path.Combine(folder, "tokenizer.model"));
        ModelDirectory.Write(folder, new()
        {
            Name = "llamagen", Family = LlamaGenFamily.FamilyName,
            Architecture = new() { Transformer = transformer, ImageTokenizer = images, Settings = settings.ToJson() },
            TextTokenizer = new() { File = "tokenizer.model", LowerCase = false }, Sampling = new() { GuidanceScale = 7.5f, TopK = 1000 },
            Weights = new() { Transformer = "transformer.safetensors", ImageTokenizer = "image_tokenizer.safetensors", TextEncoder = "text_encoder.safetensors" },
            Files = new Dictionary<string, ModelFile>(), License = new() { Weights = "none, drawn", Data = "none" }, Provenance = new(),
        });
    }

    private static void Copy(string fixture, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures", fixture)))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }
    }
}
