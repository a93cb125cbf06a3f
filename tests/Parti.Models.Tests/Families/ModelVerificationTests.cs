using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.ImageTokenizer;
using Parti.Models.Tests.Checkpoints;
using TorchSharp;

namespace Parti.Models.Tests.Families;

public sealed class ModelVerificationTests : IDisposable
{
    private static readonly ImageTokenizerArchitecture Sizes = new()
    {
        Kind = ImageTokenizerKind.VqGan, ImageSize = 8, PatchSize = 2, CodebookSize = 8, CodebookDim = 4,
        Convolutions = new() { Channels = 4, LevelChannels = [4, 4], Blocks = 1, LatentChannels = 4, AttentionLevels = [], NormGroups = 2 },
    };

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_SoundPart_IsOk() => Assert.All(Verify(_ => { }), check => Assert.True(check.Ok, check.Message));

    [Fact]
    public void Run_MissingTensor_NamesIt() => Assert.Contains("\"codebook\" of shape [8, 4] is missing", Fault(weights => weights.Remove("codebook")), StringComparison.Ordinal);

    [Fact]
    public void Run_TensorOfNoNetwork_NamesIt() => Assert.Contains("\"stray\" is not one of the network's", Fault(weights => weights["stray"] = torch.zeros(1)), StringComparison.Ordinal);

    [Fact]
    public void Run_TensorOfAnotherShape_NamesBoth() => Assert.Contains("[9, 4], the network needs [8, 4]", Fault(weights => weights["codebook"] = torch.zeros(9, 4)), StringComparison.Ordinal);

    [Theory]
    [InlineData(0x7fc00000u)]
    [InlineData(0xff800000u)]
    public void Run_ValueNotFinite_NamesTheTensor(uint bits)
    {
        Write(_ => { });
        string file = _folder["image_tokenizer.safetensors"];
        byte[] bytes = File.ReadAllBytes(file);
        BitConverter.GetBytes(bits).CopyTo(bytes, bytes.Length - 4);
        File.WriteAllBytes(file, bytes);
        Store();

        ModelFileCheck bad = Assert.Single(ModelVerification.Run(_folder.Path, TestContext.Current.CancellationToken), check => !check.Ok);

        Assert.Contains("1 values that are not finite", bad.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ByteChanged_IsNoticedByTheHash()
    {
        Write(_ => { });
        string file = _folder["image_tokenizer.safetensors"];
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);

        Assert.Contains("SHA-256", ModelVerification.Run(_folder.Path, TestContext.Current.CancellationToken).First().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_PartAsModel_SaysWhatItIs()
    {
        Write(_ => { });

        Assert.Contains("image-tokenizer", Assert.Throws<CheckpointException>(() => ModelDirectory.Open(_folder.Path)).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Path, ModelCatalog.Find([Path.GetDirectoryName(_folder.Path)!]).Broken.Keys);
    }

    private string Fault(Action<Dictionary<string, torch.Tensor>> change) => Assert.Single(Verify(change), check => !check.Ok).Message;

    private List<ModelFileCheck> Verify(Action<Dictionary<string, torch.Tensor>> change)
    {
        Write(change);
        return [.. ModelVerification.Run(_folder.Path, TestContext.Current.CancellationToken)];
    }

    private void Write(Action<Dictionary<string, torch.Tensor>> change)
    {
        using VqGan tokenizer = new(Sizes);
        Dictionary<string, torch.Tensor> weights = tokenizer.state_dict();
        change(weights);
        SafeTensorsWriter.Write(_folder["image_tokenizer.safetensors"], weights);
        Store();
    }

    private void Store()
    {
        string file = _folder["image_tokenizer.safetensors"];
        ComponentDirectory.Store(_folder.Path, new()
        {
            Name = "part", Family = "taming-vqgan", Component = "image-tokenizer", ImageTokenizer = Sizes, Weights = "image_tokenizer.safetensors",
            Files = new Dictionary<string, ModelFile>
            {
                ["image_tokenizer.safetensors"] = new() { Bytes = new FileInfo(file).Length, Sha256 = FileHash.Sha256(file, CancellationToken.None) },
            },
            License = new() { Weights = "MIT", Data = "none" }, Provenance = new(),
        });
    }
}
