using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parti.Grains.Shards;
using Parti.Inference;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;

namespace Parti.Silo.Composition;

/// <summary>The layers that this silo holds for leaders elsewhere. They load while the silo starts, and close after it has stopped.</summary>
/// <param name="settings">Which devices, models and layers.</param>
/// <param name="loggers">Where shards log.</param>
internal sealed class LocalShardHost(SiloSettings settings, ILoggerFactory loggers) : ILocalShards, IHostedService, IAsyncDisposable
{
    /// <inheritdoc/>
    public IReadOnlyList<LocalShard> All { get; private set; } = [];

    /// <summary>Begins to load every shard.</summary>
    /// <exception cref="SiloStartException">A model cannot be split, or not into so many ranges.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.Roles.HasFlag(SiloRoles.Worker) && settings.Worker.Shard.Index > 0)
        {
            IReadOnlyList<string> devices = LocalEngineHost.DevicesOf(settings.Worker), models = SiloModels.RequiredPaths(settings);
            int threads = settings.Worker.Threads ?? LocalEngineHost.ThreadsOf(devices.Count * models.Count);
            All = [.. devices.SelectMany(device => models.Select(model => Open(device, model, threads)))];
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Returns when every shard is loaded.</summary>
    /// <exception cref="CheckpointException">A file is missing or damaged.</exception>
    internal Task WaitAsync(CancellationToken cancellationToken) => Task.WhenAll(All.Select(shard => shard.Engine.Loaded)).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (LocalShard shard in All)
        {
            await shard.Engine.DisposeAsync();
        }
    }

    private LocalShard Open(string device, string path, int threads)
    {
        try
        {
            return new(device, ShardEngine.Open(ModelDirectory.Open(path), settings.Worker.Shard, settings.Worker.Slots ?? EngineOptions.DefaultSlots, threads, loggers.CreateLogger("Parti.Shard")));
        }
        catch (Exception error) when (error is CheckpointException or Inference.EngineRequestException)
        {
            throw new SiloStartException(error.Message, error);
        }
    }
}
