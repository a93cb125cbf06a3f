using Parti.Inference.Execution;
using Parti.Inference.Imaging;
using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Inference.Tests.Engine;

public sealed class PublishedPartsTests : IDisposable
{
    private static readonly ModelArchitecture Architecture = new()
    {
        Transformer = new()
        {
            EncoderLayers = 1, DecoderLayers = 1, Width = 16, MlpWidth = 16, Heads = 1, TextVocabulary = 300,
            MaxTextTokens = 12, CodebookSize = 16, ImageTokens = 16, GridHeight = 4, GridWidth = 4,
        },
        ImageTokenizer = new()
        {
            Kind = ImageTokenizerKind.VqGan, ImageSize = 16, PatchSize = 4, CodebookSize = 16, CodebookDim = 4,
            Convolutions = new() { Channels = 4, LevelChannels = [4, 4, 8], Blocks = 1, LatentChannels = 4, AttentionLevels = [2], NormGroups = 2, NormalisedCodes = true },
        },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("parti-parts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_PublishedImageTokenizerAndUpsampler_GoThroughTheStagesOfPictures()
    {
        ModelDirectory model = UpsamplerAttachment.Attach(WriteModel(), ComponentDirectory.Open(ShippedUpsampler()), TestContext.Current.CancellationToken);
        using IModelNetworks networks = PartiNetworks.Load(model, torch.CPU);
        int[] tokens = [.. Enumerable.Range(0, 16)];
        PictureStage stage = new(new("tiny", "hash", 12, 16, 16, [16, 64], new(1, 1, 0, 1)), networks);

        Picture native = stage.Detokenize(tokens), preview = stage.Detokenize(tokens[..4]), large = stage.Upscale(native, 64);

        Assert.Equal((16, 16), (native.Width, native.Height));
        Assert.Equal((64, 64), (large.Width, large.Height));
        Assert.NotEqual(native.Rgb, preview.Rgb);
        Assert.Equal(native.Rgb, stage.Detokenize(tokens).Rgb);
    }

    [Fact]
    public void Upscale_SampleOfThePackage_IsThePackagesResultWithinRounding()
    {
        using torch.nn.Module<torch.Tensor, torch.Tensor> upsampler = Shipped();
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradient = torch.no_grad();
        Picture expected = Read("large.png");

        Picture found = PictureTensors.ToPicture(upsampler.forward(PictureTensors.ToTensor(Read("small.png"), torch.CPU)));

        Assert.Equal((512, 512), (found.Width, found.Height));
        Assert.InRange(found.Rgb.Zip(expected.Rgb, (x, y) => Math.Abs(x - y)).Max(), 0, 1);
    }

    [Fact]
    public void Attach_SameUpsamplerTwice_ChangesNothingMore()
    {
        ComponentDirectory part = ComponentDirectory.Open(ShippedUpsampler());
        ModelDirectory once = UpsamplerAttachment.Attach(WriteModel(), part, TestContext.Current.CancellationToken);

        ModelDirectory twice = UpsamplerAttachment.Attach(once, part, TestContext.Current.CancellationToken);

        Assert.Equal(once.Hash, twice.Hash);
        Assert.Equal(once.Manifest.License, twice.Manifest.License);
        Assert.All(ModelVerification.Run(twice.DirectoryPath, TestContext.Current.CancellationToken), check => Assert.True(check.Ok, check.Message));
    }

    private static torch.nn.Module<torch.Tensor, torch.Tensor> Shipped()
    {
        ComponentDirectory part = ComponentDirectory.Open(ShippedUpsampler());
        torch.nn.Module<torch.Tensor, torch.Tensor> upsampler = Upsamplers.Create(part.Manifest.Upsampler!);
        using SafeTensorsReader weights = SafeTensorsReader.Open(part.PathOf(part.Manifest.Weights));
        ModuleCheckpoint.Load(upsampler, weights);
        return upsampler;
    }

    private static string ShippedUpsampler() => Path.Combine(AppContext.BaseDirectory, "Shipped");

    private static Picture Read(string name) => PictureDecoder.Decode(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "esrgan", name)));

    private ModelDirectory WriteModel()
    {
        using PartiTransformer transformer = new(Architecture.Transformer);
        using VqGan images = new(Architecture.ImageTokenizer);
        ModuleCheckpoint.Save(transformer, Path.Combine(_folder, "transformer.safetensors"));
        ModuleCheckpoint.Save(images, Path.Combine(_folder, "images.safetensors"));
        File.WriteAllBytes(Path.Combine(_folder, "tokenizer.model"), TinyModel.TokenizerFile);
        return ModelDirectory.Write(_folder, new()
        {
            Name = "tiny", Architecture = Architecture, TextTokenizer = new() { File = "tokenizer.model", LowerCase = true }, Sampling = new(),
            Weights = new() { Transformer = "transformer.safetensors", ImageTokenizer = "images.safetensors" },
            Files = new Dictionary<string, ModelFile>(), License = new() { Weights = "Apache-2.0", Data = "none" }, Provenance = new(),
        });
    }
}
