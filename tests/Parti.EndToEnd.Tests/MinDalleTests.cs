using Parti.Inference;
using Parti.Inference.Imaging;
using Parti.Models.Checkpoints;
using Parti.Models.Families.MinDalle;
using Parti.Models.ImageTokenizer;
using Parti.Models.Tests.Families.MinDalle;
using TorchSharp;

namespace Parti.EndToEnd.Tests;

/// <summary>The original's tiny model through import, silo, job and stored file.</summary>
public sealed class MinDalleTests : IDisposable
{
    private readonly CommandLine _parti = new();
    private readonly MinDalleFixture _fixture = new("mini-like");

    public void Dispose()
    {
        _parti.Dispose();
        _fixture.Dispose();
    }

    [Fact]
    public async Task ImportAndGenerate_FixtureOfTheOriginal_StoresItsPicture()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        string model = Path.Combine(_parti.Models, "mini"), picture = Path.Combine(_parti.Folder, "out", "picture.png");
        (int code, string output, string error) = await _parti.RunAsync("models", "import", _fixture.FileOf("."), model);
        Assert.True(code == 0, error);
        Assert.Contains("licence of the weights: Apache-2.0", output, StringComparison.Ordinal);

        (code, output, error) = await _parti.RunAsync("models", "verify", model);
        Assert.True(code == 0, error);
        Assert.Contains("as the networks need them, all finite", output, StringComparison.Ordinal);

        string[] arguments = ["generate", _fixture.Prompts[0], "--temperature", "0", "--guidance", "16", "--model-path", _parti.Models, "-o", picture];
        using PartiProcess generate = new(_parti.State, arguments);
        await generate.EndAsync(stop);

        byte[] ours = PictureDecoder.Decode(await File.ReadAllBytesAsync(picture, stop)).Rgb;
        using torch.Tensor expected = _fixture.Opened.Expected("greedy0.pixels_u8");
        byte[] theirs = expected.data<byte>().ToArray();
        Assert.Equal(theirs.Length, ours.Length);
        Assert.InRange(ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max(), 0, 1);
    }

    [Fact]
    public async Task Generate_PublishedWidthsWithFewLayers_StoresAPicture()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        WriteRandom(Path.Combine(_parti.Models, "wide"));
        string picture = Path.Combine(_parti.Folder, "out", "picture.png");
        using PartiProcess generate = new(_parti.State, "generate", "a t-shirt", "--seed", "5", "--model-path", _parti.Models, "-o", picture);
        await generate.EndAsync(stop);

        Picture stored = PictureDecoder.Decode(await File.ReadAllBytesAsync(picture, stop));
        Assert.Equal((256, 256), (stored.Width, stored.Height));
        Assert.True(stored.Rgb.Distinct().Count() > 10);
    }

    // Mini's widths, codebook and detokenizer; the fixture's text tokenizer; a layer in each stack.
    private void WriteRandom(string directory)
    {
        using IDisposable noGradient = torch.no_grad();
        TransformerArchitecture sizes = MinDallePresets.Mini with { EncoderLayers = 1, DecoderLayers = 1, TextVocabulary = 336 };
        Directory.CreateDirectory(directory);
        Save(new MinDalleTransformer(sizes, MinDallePresets.MiniSettings), Path.Combine(directory, "transformer.safetensors"));
        Save(new VqGan(MinDallePresets.Detokenizer), Path.Combine(directory, "image_tokenizer.safetensors"));
        File.Copy(_fixture.FileOf("vocab.json"), Path.Combine(directory, "tokenizer.json"));
        File.Copy(_fixture.FileOf("merges.txt"), Path.Combine(directory, "tokenizer.merges.txt"));
        ModelDirectory.Write(directory, new()
        {
            Name = "wide", Family = MinDalleFamily.FamilyName, Sampling = MinDallePresets.Sampling, Provenance = new(), Files = new Dictionary<string, ModelFile>(),
            Architecture = new() { Transformer = sizes, ImageTokenizer = MinDallePresets.Detokenizer, Settings = MinDallePresets.MiniSettings.ToJson() },
            TextTokenizer = new() { File = "tokenizer.json", Merges = "tokenizer.merges.txt", Kind = TextTokenizerEntry.MergesKind, LowerCase = true },
            Weights = new() { Transformer = "transformer.safetensors", ImageTokenizer = "image_tokenizer.safetensors" },
            License = new() { Weights = "random", Data = "none" },
        });
    }

    private static void Save(torch.nn.Module network, string file)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ModuleCheckpoint.Save(network, file);
        network.Dispose();
    }
}
