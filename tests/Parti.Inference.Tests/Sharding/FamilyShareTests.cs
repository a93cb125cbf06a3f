using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;

namespace Parti.Inference.Tests.Sharding;

/// <summary>Workers of published families that read their own share from disk and nothing else.</summary>
[Collection(TorchSetup.Name)]
public sealed class FamilyShareTests : IDisposable
{
    private static readonly string[] AllLayers = [.. Enumerable.Range(0, FamilyDirectory.Layers).Select(FamilyDirectory.LayerFile)];

    private readonly string _folder = Directory.CreateTempSubdirectory("parti-shares-").FullName;
    private readonly CancellationToken _ct = TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("min-dalle", 2)]
    [InlineData("min-dalle", 4)]
    [InlineData("llamagen", 2)]
    [InlineData("llamagen", 4)]
    [InlineData("llamagen-classes", 2)]
    [InlineData("llamagen-classes", 4)]
    [InlineData("janus", 2)]
    [InlineData("janus", 4)]
    public async Task Open_OtherLayersAbsentFromDisk_TokensOfTheWholeModel(string family, int shards)
    {
        TextConditioning text = await EncodeAsync(Options(Write("whole", family)), family);
        int[][] whole = await SampleAsync(Options(Open("whole")), text);
        List<ShardEngine> engines = [];
        for (int index = 1; index < shards; index++)
        {
            LayerShard shard = new(index, shards);
            ModelDirectory directory = FamilyDirectory.Without(
                Write($"shard-{index}", family), [FamilyDirectory.Text, FamilyDirectory.Rest, FamilyDirectory.Images, FamilyDirectory.Encoder, .. AllLayers.Except(Files(shard))]);
            engines.Add(ShardEngine.Open(directory, shard, 2, 1, NullLogger.Instance));
            await engines[^1].Loaded;
        }
        LayerShard first = new(0, shards);
        EngineOptions options = Options(FamilyDirectory.Without(Write("leader", family), AllLayers.Except(Files(first))));
        (options.Shard, options.Links) = (first, new EngineLinks(engines));

        Assert.Equal(whole, await SampleAsync(options, await EncodeAsync(options, family)));
        foreach (ShardEngine engine in engines)
        {
            await engine.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("min-dalle")]
    [InlineData("llamagen")]
    [InlineData("llamagen-classes")]
    [InlineData("janus")]
    public async Task EncodeAsync_TextEncoderAloneOnDisk_StatesOfTheWholeModel(string family)
    {
        TextConditioning whole = await EncodeAsync(Options(Write("whole", family)), family);
        ModelDirectory part = FamilyDirectory.Without(Write("text", family), [FamilyDirectory.Rest, FamilyDirectory.Images, .. AllLayers]);
        EngineOptions options = Options(part);
        options.Parts = ModelParts.Text;

        TextConditioning text = await EncodeAsync(options, family);

        Assert.Equal((whole.Tokens, whole.NegativeTokens), (text.Tokens, text.NegativeTokens));
        Assert.Equal(whole.States, text.States);
        Assert.Equal(whole.NegativeStates, text.NegativeStates);
        await using DeviceEngine engine = DeviceEngine.Open(options, NullLogger.Instance);
        Assert.False(engine.CanSample(FamilyDirectory.Name));
        Assert.Equal("unsupported", (await Assert.ThrowsAsync<EngineRequestException>(() => engine.DetokenizeAsync(FamilyDirectory.Name, [1], _ct))).Code);
    }

    [Theory]
    [InlineData("min-dalle")]
    [InlineData("llamagen")]
    [InlineData("llamagen-classes")]
    [InlineData("janus")]
    public async Task SampleAsync_TextEncoderAbsentFromDisk_TokensAndPixelsOfTheWholeModel(string family)
    {
        ModelDirectory model = Write("whole", family);
        TextConditioning text = await EncodeAsync(Options(model), family);
        int[][] whole = await SampleAsync(Options(model), text);
        EngineOptions options = Options(FamilyDirectory.Without(Write("sample", family), FamilyDirectory.Text, FamilyDirectory.Encoder));
        options.Parts = ModelParts.Decoder | ModelParts.Pictures;

        Assert.Equal(whole, await SampleAsync(options, text));
        await using DeviceEngine part = DeviceEngine.Open(options, NullLogger.Instance), all = DeviceEngine.Open(Options(model), NullLogger.Instance);
        Assert.Equal((await all.DetokenizeAsync(FamilyDirectory.Name, whole[0], _ct)).Rgb, (await part.DetokenizeAsync(FamilyDirectory.Name, whole[0], _ct)).Rgb);
        Assert.Equal("unsupported", (await Assert.ThrowsAsync<EngineRequestException>(() => EncodeAsync(options, family))).Code);
    }

    private ModelDirectory Write(string name, string family) => FamilyDirectory.Write(Path.Combine(_folder, name), family);

    private ModelDirectory Open(string name) => ModelDirectory.Open(Path.Combine(_folder, name));

    private static IEnumerable<string> Files(LayerShard shard) => AllLayers.Take(shard.Of(AllLayers.Length));

    private static EngineOptions Options(ModelDirectory directory) => new() { Slots = 2, Threads = 1, ModelPaths = { directory.DirectoryPath } };

    private async Task<TextConditioning> EncodeAsync(EngineOptions options, string family)
    {
        await using DeviceEngine engine = DeviceEngine.Open(options, NullLogger.Instance);
        return await engine.EncodeAsync(new(FamilyDirectory.Name, FamilyDirectory.Prompt(family), null), _ct);
    }

    private async Task<int[][]> SampleAsync(EngineOptions options, TextConditioning text)
    {
        await using DeviceEngine engine = DeviceEngine.Open(options, NullLogger.Instance);
        return await Task.WhenAll(Enumerable.Range(0, 3).Select(image => engine.SampleAsync(new(text, new(2, 1, 0, 1), 7, image, []), cancellationToken: _ct)));
    }
}
