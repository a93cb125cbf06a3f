using Parti.Client;

namespace Parti.Chaos.Tests;

/// <summary>A decoder whose layers are in two processes, each the silo as it is shipped.</summary>
public sealed class ShardTests
{
    private const int Images = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly GenerationOptions Options = new() { Seed = 4, Size = "native", N = Images };
    private static readonly Dictionary<string, string> Shards = new() { ["leader"] = "0/2", ["follower"] = "1/2" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ShardKilledInMidPicture_ItsImagesWaitForItAndAreThoseOfTheWholeModel()
    {
        IEnumerable<string?> whole = await WholeAsync();
        ClusterPlan plan = new()
        {
            Workers = [.. Shards.Keys],
            TellsTokens = true,
            Variables = name => Shards.TryGetValue(name, out string? shard) ? [new("Parti__Worker__Shard", shard)] : [],
        };
        await using TestCluster cluster = await TestCluster.StartAsync(plan, Token);

        GenerationResult undisturbed = await cluster.Client.GenerateAsync("a red circle", Options, Token).WaitAsync(Patience, Token);
        JobHandle job = await cluster.Client.SubmitAsync(Options.ToRequest("a red circle"), "interrupted", Token);
        WorkerWords leader = new(cluster.Silo("leader"));
        await leader.HasTokensAsync("interrupted", 8, Token).WaitAsync(Patience, Token);
        await cluster.Silo("follower").Process.KillAsync();
        await cluster.Silo("follower").RestartAsync(Token);
        GenerationResult result = await job.GetResultAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal(whole, undisturbed.Images.Select(image => image.Sha256));
        Assert.Equal(whole, result.Images.Select(image => image.Sha256));
        Assert.InRange(leader.TakenUp("interrupted"), Images + 1, int.MaxValue);
    }

    private static async Task<IEnumerable<string?>> WholeAsync()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(Token, "whole");
        return [.. (await cluster.Client.GenerateAsync("a red circle", Options, Token).WaitAsync(Patience, Token)).Images.Select(image => image.Sha256)];
    }
}
