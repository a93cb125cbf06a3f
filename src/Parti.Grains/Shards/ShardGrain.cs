using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Parti.Abstractions;
using Parti.Grains.Placement;
using Parti.Inference.Sharding;

namespace Parti.Grains.Shards;

/// <summary>
/// The way to a shard of this silo: who may use it, and steps for its engine. A leader that is gone loses it with its lease; should two
/// activations ever claim for two leaders, the engine serves the later one and tells the earlier one that the shard is lost.
/// </summary>
[DevicePlacement, Reentrant, KeepAlive]
public sealed class ShardGrain : Grain, IShardGrain
{
    private static readonly TimeSpan AnnounceInterval = TimeSpan.FromSeconds(5);

    private readonly ILocalShards _shards;
    private readonly TimeProvider _time;
    private readonly ILogger<ShardGrain> _logger;
    private readonly ShardLease _lease;
    private readonly DateTimeOffset _startedAt;
    private ShardEngine? _engine;

    /// <summary>Made by the runtime.</summary>
    public ShardGrain(ILocalShards shards, IOptions<PartiGrainsOptions> options, TimeProvider time, ILogger<ShardGrain> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        (_shards, _time, _logger) = (shards, time, logger);
        _lease = new(time, options.Value.LeaseDuration);
        _startedAt = time.GetUtcNow();
    }

    private ShardEngine Engine => _engine ?? throw new InvalidOperationException("The shard is not active.");

    private string Key => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        (_, string device, string model) = ShardKey.Parse(Key);
        _engine = _shards.All.FirstOrDefault(shard => shard.Device == device && shard.Engine.Model == model)?.Engine
            ?? throw new ArgumentException($"Shard {Key} cannot be reached: this silo holds no layers of model {model} on device {device}.");
        this.RegisterGrainTimer(AnnounceAsync, new GrainTimerCreationOptions(TimeSpan.Zero, AnnounceInterval) { Interleave = true, KeepAlive = true });
        return base.OnActivateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        await GrainFactory.GetGrain<IWorkerDirectoryGrain>(0).LeaveAsync(Key);

    /// <inheritdoc/>
    public Task StartAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<ShardClaimAnswer> ClaimAsync(ShardClaim claim)
    {
        ArgumentNullException.ThrowIfNull(claim);
        if (!Engine.Loaded.IsCompletedSuccessfully)
        {
            return new(Engine.Loaded.IsFaulted ? ShardClaimOutcome.Unfit : ShardClaimOutcome.Busy, "its layers are not loaded");
        }

        if (claim.Hash != Engine.Hash || claim.Shard != Engine.Shard.ToString() || claim.Rows > Engine.Rows)
        {
            return new(ShardClaimOutcome.Unfit, $"it has shard {Engine.Shard} of model {Engine.Model} {Engine.Hash} with {Engine.Rows} rows; wanted are shard {claim.Shard} of {claim.Hash} with {claim.Rows} rows");
        }

        if (!_lease.TryTake(claim.Session))
        {
            return new(ShardClaimOutcome.Busy, "it works for another leader");
        }

        await Engine.OpenAsync(claim.Session);
        return new(ShardClaimOutcome.Claimed);
    }

    /// <inheritdoc/>
    public async Task<ShardOutput> StepAsync(ShardInput input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        _lease.Renew(input.Session);
        float[]? output = await Engine.StepAsync(ShardWire.ToStep(input), cancellationToken);
        return new(output is null ? null : ShardWire.ToBytes(output));
    }

    /// <inheritdoc/>
    public Task ReleaseAsync(Guid session)
    {
        _lease.Release(session);
        return Task.CompletedTask;
    }

    private async Task AnnounceAsync()
    {
        try
        {
            await GrainFactory.GetGrain<IWorkerDirectoryGrain>(0).AnnounceAsync(Describe());
        }
        catch (Exception exception)
        {
            ShardLog.AnnounceFailed(_logger, Key, exception);
        }
    }

    private WorkerSnapshot Describe()
    {
        (string silo, string device, string model) = ShardKey.Parse(Key);
        return new()
        {
            Id = Key,
            Silo = silo,
            Device = device,
            Models = [model],
            Stages = [],
            Shard = Engine.Shard.ToString(),
            Slots = Engine.Rows / 2,
            SlotsInUse = 0,
            StartedAt = _startedAt,
            Busy = _lease.IsTaken ? 1 : 0,
            MemoryBytes = Environment.WorkingSet,
            MemoryLimitBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        };
    }
}
