using Parti.Inference.Imaging;
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

        string[] arguments = ["generate", _fixture.Prompts[0], "--temperature", "0", "--guidance", "16", "--model-path", _parti.Models, "-o", picture];
        using PartiProcess generate = new(_parti.State, arguments);
        await generate.EndAsync(stop);

        byte[] ours = PictureDecoder.Decode(await File.ReadAllBytesAsync(picture, stop)).Rgb;
        using torch.Tensor expected = _fixture.Opened.Expected("greedy0.pixels_u8");
        byte[] theirs = expected.data<byte>().ToArray();
        Assert.Equal(theirs.Length, ours.Length);
        Assert.InRange(ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max(), 0, 1);
    }
}
