using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Tests.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Tests.ImageTokenizer;

public sealed class DecoderSwapTests : IDisposable
{
    static readonly TransformerStack Small = new() { Layers = 1, Width = 16, MlpWidth = 32, Heads = 2 };
    static readonly TransformerStack Large = new() { Layers = 3, Width = 24, MlpWidth = 48, Heads = 3 };

    static readonly ImageTokenizerArchitecture Sizes = new()
    {
        ImageSize = 16, PatchSize = 4, CodebookSize = 64, CodebookDim = 8, Encoder = Small, Decoder = Small,
    };

    readonly DisposeScope scope = NewDisposeScope();
    readonly VitVqGan first = new(Sizes);
    readonly Tensor pictures = rand(8, 3, 16, 16);

    public void Dispose()
    {
        first.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void WithDecoder_LargerStack_KeepsEveryCode()
    {
        using VitVqGan larger = first.WithDecoder(Large);
        Assert.Equal(Sizes with { Decoder = Large }, larger.Architecture);
        Assert.True(Same(first.Latents(pictures), larger.Latents(pictures)));
        Assert.True(Same(first.Encode(pictures), larger.Encode(pictures)));
        Assert.True(Same(first.Codes(first.Encode(pictures)), larger.Codes(larger.Encode(pictures))));
        Assert.Equal(pictures.shape, larger.Decode(larger.Encode(pictures)).shape);
        using var approved = new VitVqGan(Sizes with { Decoder = Large });
        Assert.Equal(ShapesOf(approved), ShapesOf(larger));
    }

    [Fact]
    public void WithDecoder_EqualStack_IsNewInTheDecoderOnly()
    {
        using VitVqGan other = first.WithDecoder(Small);
        Dictionary<string, Parameter> before = first.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach ((string name, Parameter value) in other.named_parameters().Where(p => !IsConstantAtFirst(p.name)))
        {
            Assert.True(Same(before[name], value) != IsOfDecoder(name), name);
        }
    }

    [Fact]
    public void WithDecoder_Trained_ChangesTheNewDecoderOnly()
    {
        using VitVqGan larger = first.WithDecoder(Large);
        Assert.All(larger.named_parameters(), p => Assert.True(p.parameter.requires_grad == IsOfDecoder(p.name), p.name));
        Assert.All(first.parameters(), p => Assert.True(p.requires_grad));
        Tensor tokens = first.Encode(pictures), decoded = first.Decode(tokens);
        Dictionary<string, Tensor> before = larger.state_dict().ToDictionary(p => p.Key, p => p.Value.detach().clone());
        using var optimizer = optim.SGD(larger.parameters().Where(p => p.requires_grad), 0.1);
        larger.DecodeCodes(larger.Codes(tokens)).sub(pictures).square().mean().backward();
        optimizer.step();
        Assert.All(larger.state_dict(), p => Assert.True(Same(before[p.Key], p.Value) != IsOfDecoder(p.Key), p.Key));
        Assert.True(Same(tokens, larger.Encode(pictures)));
        Assert.True(Same(decoded, first.Decode(tokens)));
    }

    [Fact]
    public void WithDecoder_SavedAndLoaded_IsTheSameTokenizer()
    {
        using var directory = new TemporaryDirectory();
        using VitVqGan larger = first.WithDecoder(Large), loaded = new(larger.Architecture);
        ModuleCheckpoint.Save(larger, directory["larger.safetensors"]);
        using SafeTensorsReader reader = SafeTensorsReader.Open(directory["larger.safetensors"]);
        ModuleCheckpoint.Load(loaded, reader);
        Tensor tokens = first.Encode(pictures);
        Assert.True(Same(tokens, loaded.Encode(pictures)));
        Assert.True(Same(larger.Decode(tokens), loaded.Decode(tokens)));
    }

    // Norms and biases start at one and zero in every tokenizer.
    static bool IsConstantAtFirst(string name) => name.EndsWith("bias", StringComparison.Ordinal) || name.Contains("norm", StringComparison.Ordinal);

    static bool IsOfDecoder(string name) => name.StartsWith("decoder", StringComparison.Ordinal) || name.StartsWith("from_code", StringComparison.Ordinal);

    static IEnumerable<string> ShapesOf(VitVqGan tokenizer) => tokenizer.state_dict().Select(t => $"{t.Key} {string.Join(' ', t.Value.shape)}");

    static bool Same(Tensor x, Tensor y) => x.eq(y).all().item<bool>();
}
