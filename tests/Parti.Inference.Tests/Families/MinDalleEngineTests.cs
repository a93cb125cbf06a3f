using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;
using Parti.Inference.Families;
using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;
using Parti.Models.Tests.Families.MinDalle;
using TorchSharp;

namespace Parti.Inference.Tests.Families;

/// <summary>The original's fixtures through import, model directory and engine.</summary>
[Collection(TorchSetup.Name)]
public sealed class MinDalleEngineTests(ITestOutputHelper output) : IDisposable
{
    private const string Name = "mini";

    private readonly MinDalleFixture _fixture = new("mini-like");
    private readonly CancellationToken _ct = TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void RunKernels_Fixture_GivesItsLogitsAndTokens()
    {
        ParityReport report = ParityCheck.Run(_fixture.Opened, FamilyLoaders.RunKernels(_fixture.Opened), _ct);
        ParityRow[] kernels = [.. report.Rows.Where(row => row.Name.EndsWith("(kernels)", StringComparison.Ordinal))];
        output.WriteLine(string.Join('\n', kernels.Select(row => row.ToString())));
        Assert.Equal(4, kernels.Length);
        Assert.True(report.Passed, string.Join('\n', report.Rows.Where(row => !row.Passed)));
    }

    [Fact]
    public async Task SampleAsync_ImportedModel_MakesThePicturesOfTheOriginal()
    {
        await using DeviceEngine engine = Open();
        for (int run = 0; run < 3; run++)
        {
            int[] tokens = await SampleGreedyAsync(engine, run, []);
            Assert.Equal(Values($"greedy{run}.image_tokens"), tokens);
            Assert.Equal(tokens, await SampleGreedyAsync(engine, run, tokens[..100]));
        }

        int[] first = Values("greedy0.image_tokens");
        Picture picture = await engine.DetokenizeAsync(Name, first, _ct), preview = await engine.DetokenizeAsync(Name, first[..128], _ct);
        byte[] expected = Bytes("greedy0.pixels_u8");
        Assert.Equal(256, picture.Width);
        Assert.All(picture.Rgb.Zip(expected, (ours, theirs) => Math.Abs(ours - theirs)), difference => Assert.InRange(difference, 0, 1));
        Assert.NotEqual(picture.Rgb, preview.Rgb);
    }

    [Fact]
    public async Task EncodeAsync_PromptThatIsTooLong_BringsItsOwnUnconditionalStates()
    {
        await using DeviceEngine engine = Open();
        TextConditioning longer = await engine.EncodeAsync(new(Name, string.Join(' ', Enumerable.Repeat("astronauts", 80)), null), _ct);
        TextConditioning shorter = await engine.EncodeAsync(new(Name, "a t-shirt", null), _ct);
        Assert.Equal((64, 2), (longer.Tokens, longer.NegativeTokens));
        Assert.True(longer.DroppedTokens > 0);
        Assert.Equal((2, 2 * 32), (shorter.NegativeTokens, shorter.NegativeStates!.Length));
    }

    [Fact]
    public void Describe_ImportedModel_HasTheOriginalsDefaults()
    {
        ModelDirectory directory = ModelDirectory.Open(Import());
        Assert.Equal("min-dalle", directory.Manifest.Family);
        Assert.Equal((16f, 1f, 256, 1f), (directory.Manifest.Sampling.GuidanceScale, directory.Manifest.Sampling.Temperature, directory.Manifest.Sampling.TopK, directory.Manifest.Sampling.TopP));
        Assert.Equal("Apache-2.0", directory.Manifest.License.Weights);
        Assert.True(FamilyLoaders.Of(directory.Manifest).CountWeights(directory.Manifest).DecoderLayer > 0);
    }

    private DeviceEngine Open()
    {
        Import();
        return DeviceEngine.Open(new EngineOptions { Device = "cpu", Slots = 2, Threads = 1, ModelPaths = { _fixture.FileOf("models") } }, NullLogger.Instance);
    }

    private string Import()
    {
        string directory = Path.Combine(_fixture.FileOf("models"), Name);
        ImportSource source = _fixture.Opened.Source;
        IModelFamily family = ModelFamilies.Recognise(source);
        ModelImporter.Run(source, family, family.Plan(source, new(Name)), directory, cancellationToken: _ct);
        return directory;
    }

    private async Task<int[]> SampleGreedyAsync(DeviceEngine engine, int run, int[] kept)
    {
        string prompt = _fixture.Prompts[Values($"greedy{run}.prompt_index")[0]];
        TextConditioning text = await engine.EncodeAsync(new(Name, prompt, null), _ct);
        SamplingParams likeliest = new(Values($"greedy{run}.supercondition_factor")[0], 0, 0, 1);
        return await engine.SampleAsync(new(text, likeliest, 1, 0, kept), cancellationToken: _ct);
    }

    private int[] Values(string name)
    {
        using torch.Tensor tensor = _fixture.Opened.Expected(name);
        return [.. tensor.data<long>().ToArray().Select(value => (int)value)];
    }

    private byte[] Bytes(string name)
    {
        using torch.Tensor tensor = _fixture.Opened.Expected(name);
        return tensor.data<byte>().ToArray();
    }
}
