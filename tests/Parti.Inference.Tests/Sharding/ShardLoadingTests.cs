using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;

namespace Parti.Inference.Tests.Sharding;

/// <summary>Workers that read their own layers from disk and nothing else.</summary>
[Collection(TorchSetup.Name)]
public sealed class ShardLoadingTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-shards-").FullName;
    readonly CancellationToken _ct = TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Open_OtherLayersAbsentFromDisk_TokensOfTheWholeModel(int shards)
    {
        int[][] whole = await SampleAsync(Options(Write("whole")));
        List<ShardEngine> engines = [];
        for (int index = 1; index < shards; index++)
        {
            LayerShard shard = new(index, shards);
            ModelDirectory directory = Write($"shard-{index}");
            Keep(directory, [SplitCheckpoint.Index, .. Files(shard)]);
            engines.Add(ShardEngine.Open(directory, shard, 2, 1, NullLogger.Instance));
            await engines[^1].Loaded;
        }
        ModelDirectory leader = Write("leader");
        Keep(leader, [SplitCheckpoint.Index, SplitCheckpoint.Rest, "images.safetensors", "tokenizer.model", .. Files(new(0, shards))]);
        EngineOptions options = Options(leader);
        (options.Shard, options.Links) = (new(0, shards), new EngineLinks(engines));

        Assert.Equal(whole, await SampleAsync(options));
        foreach (ShardEngine engine in engines)
        {
            await engine.DisposeAsync();
        }
    }

    [Fact]
    public async Task Open_ChangedFileOfItsOwn_IsRefusedByName()
    {
        ModelDirectory directory = Write("changed");
        await using FileStream file = new(directory.PathOf(SplitCheckpoint.LayerFile(3)), FileMode.Open);
        file.Seek(-1, SeekOrigin.End);
        file.WriteByte(77);
        await file.DisposeAsync();

        await using ShardEngine engine = ShardEngine.Open(directory, new(1, 2), 2, 1, NullLogger.Instance);

        Assert.Contains("layer-3", (await Assert.ThrowsAsync<CheckpointException>(() => engine.Loaded)).Message, StringComparison.Ordinal);
        Assert.Null(await engine.StepAsync(new(Guid.Empty, 0, 1, [], [], []), _ct));
    }

    [Fact]
    public async Task Open_TensorOfAnotherShape_IsRefusedByName()
    {
        ModelDirectory directory = SplitCheckpoint.Write(
            Path.Combine(_folder, "shape"), (name, tensor) => name == "decoder.2.mlp.up.weight" ? tensor.narrow(0, 0, 95).contiguous() : tensor);

        await using ShardEngine engine = ShardEngine.Open(directory, new(1, 2), 2, 1, NullLogger.Instance);

        Assert.Contains("decoder.2.mlp.up.weight", (await Assert.ThrowsAsync<CheckpointException>(() => engine.Loaded)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MoreShardsThanLayers_IsRefused() =>
        Assert.Equal("too_many_shards", Assert.Throws<EngineRequestException>(() => ShardEngine.Open(Write("few"), new(1, 5), 2, 1, NullLogger.Instance)).Code);

    ModelDirectory Write(string name) => SplitCheckpoint.Write(Path.Combine(_folder, name));

    static IEnumerable<string> Files(LayerShard shard) => Enumerable.Range(0, 4).Take(shard.Of(4)).Select(SplitCheckpoint.LayerFile);

    static void Keep(ModelDirectory directory, IEnumerable<string> files)
    {
        foreach (string path in Directory.GetFiles(directory.DirectoryPath).Where(path => !files.Append(ModelDirectory.ManifestName).Contains(Path.GetFileName(path))))
        {
            File.Delete(path);
        }
    }

    static EngineOptions Options(ModelDirectory directory)
    {
        EngineOptions options = new() { Slots = 2, Threads = 1 };
        options.ModelPaths.Add(directory.DirectoryPath);
        return options;
    }

    async Task<int[][]> SampleAsync(EngineOptions options)
    {
        await using DeviceEngine engine = DeviceEngine.Open(options, NullLogger.Instance);
        TextConditioning text = await engine.EncodeAsync(new(SplitCheckpoint.Name, "a red circle", null), _ct);
        return await Task.WhenAll(Enumerable.Range(0, 3).Select(image => engine.SampleAsync(new(text, new(2, 1, 0, 1), 7, image, []), cancellationToken: _ct)));
    }
}
