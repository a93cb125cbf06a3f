using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Placement;
using Parti.Abstractions;
using Parti.Grains.Placement;
using Parti.Grains.Workers;

namespace Parti.Grains.Queues;

/// <summary>Puts <see cref="StageQueue"/> on the network: wakes workers, and tells jobs of leases that expired. Queues are few and busy: chance spreads them better than load that is measured seconds late.</summary>
[ControlGrain, KeepAlive, RandomPlacement]
public sealed partial class StageQueueGrain : Grain, IStageQueueGrain
{
    private static readonly TimeSpan NoteInterval = TimeSpan.FromSeconds(30);

    private readonly PartiGrainsOptions _options;
    private readonly ILogger<StageQueueGrain> _logger;
    private readonly StageQueue _queue;
    private readonly SiloDeaths _deaths;
    private readonly IModelRegistry _models;
    private string _model = string.Empty;
    private Stage _stage;
    private string? _servedHash;
    private IDisposable? _hearing;
    private IStageQueueGrain _self = null!;

    /// <summary>Made by the runtime.</summary>
    public StageQueueGrain(IOptions<PartiGrainsOptions> options, IModelRegistry models, SiloDeaths deaths, TimeProvider time, ILogger<StageQueueGrain> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        _logger = logger;
        _models = models;
        _deaths = deaths;
        int capacity = Math.Max(1, _options.QueueCapacity / _options.QueuePartitions);
        _queue = new(capacity, _options.LeaseDuration, 3 * _options.PollInterval, _options.AgingStep, time);
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        (_model, _stage, _) = StageQueueKey.Parse(this.GetPrimaryKeyString());
        _queue.Paused = await GrainFactory.GetGrain<IPoolGrain>(StageQueueKey.For(_model, _stage)).IsPausedAsync();
        _servedHash = (await _models.GetModelsAsync(cancellationToken)).FirstOrDefault(model => model.Name == _model)?.Hash;
        _self = this.AsReference<IStageQueueGrain>();
        _hearing = _deaths.Subscribe(OnDeath);
        TimeSpan tick = _options.LeaseDuration / 4;
        this.RegisterGrainTimer(ExpireAsync, new GrainTimerCreationOptions(tick, tick));
        this.RegisterGrainTimer(NoteAsync, new GrainTimerCreationOptions(TimeSpan.Zero, NoteInterval));
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _hearing?.Dispose();
        return base.OnDeactivateAsync(reason, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<AdmitAnswer> AdmitAsync(JobKey job, int images) => Task.FromResult(_queue.Admit(job, images));

    /// <inheritdoc/>
    public Task<IReadOnlyList<EnqueueOutcome>> EnqueueAsync(IReadOnlyList<WorkItem> items)
    {
        IReadOnlyList<EnqueueOutcome> outcomes = [.. items.Select(_queue.Enqueue)];
        WakeWorkers();
        return Task.FromResult(outcomes);
    }

    /// <inheritdoc/>
    public Task RemoveJobAsync(JobKey job)
    {
        _queue.RemoveJob(job);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<LeaseAnswer> LeaseAsync(LeaseRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Complete(request.Completed);

        // Other weights under the same name would make another picture of the same seed.
        bool differs = _servedHash is not null && request.ModelHash is not null && request.ModelHash != _servedHash;
        return Task.FromResult(differs
            ? new LeaseAnswer([]) { ServedHash = _servedHash }
            : new LeaseAnswer(_queue.Lease(request.Worker, request.Maximum, request.Generation)));
    }

    /// <inheritdoc/>
    public Task ReclaimAsync(string silo, int generation)
    {
        TellLost(_queue.Reclaim(silo, generation));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<WorkLease>> RenewAsync(IReadOnlyList<WorkLease> leases) => Task.FromResult(_queue.Renew(leases));

    /// <inheritdoc/>
    public Task CompleteAsync(IReadOnlyList<WorkLease> leases)
    {
        Complete(leases);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ReturnAsync(WorkLease lease)
    {
        _queue.Return(lease);
        WakeWorkers();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<JobKey>> FindUnknownAsync(IReadOnlyList<JobKey> jobs) =>
        Task.FromResult<IReadOnlyList<JobKey>>([.. jobs.Where(job => !_queue.Holds(job))]);

    /// <inheritdoc/>
    public Task<QueuePlace?> GetPlaceAsync(JobKey job) => Task.FromResult(_queue.PlaceOf(job));

    /// <inheritdoc/>
    public Task SetPausedAsync(bool paused)
    {
        _queue.Paused = paused;
        WakeWorkers();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<QueueSnapshot> DescribeAsync() => Task.FromResult(new QueueSnapshot
    {
        Model = _model,
        Stage = _stage,
        Waiting = _queue.Waiting,
        Leased = _queue.Leased,
        Reserved = _queue.Reserved,
        Capacity = _queue.Capacity,
        BacklogSeconds = _queue.BacklogSeconds,
        ItemsPerSecond = _queue.ItemsPerSecond,
        ServiceMs = _queue.ServiceMs,
    });

    // The directory is in memory: after it was lost it hears of this queue again.
    private Task NoteAsync() => GrainFactory.GetGrain<IPoolDirectoryGrain>(0).NoteAsync(StageQueueKey.For(_model, _stage));

    private void Complete(IReadOnlyList<WorkLease> leases)
    {
        foreach (WorkLease lease in leases)
        {
            _queue.Complete(lease);
        }
    }

    private Task ExpireAsync()
    {
        TellLost(_queue.Expire());
        return Task.CompletedTask;
    }

    // Membership tells it on a thread of its own; the queue belongs to the grain's scheduler.
    private void OnDeath(string silo, int generation) => _ = _self.ReclaimAsync(silo, generation);

    private void TellLost(IReadOnlyList<WorkLease> lost)
    {
        foreach (WorkLease lease in lost)
        {
            LogLost(lease.Item.Key, _stage, lease.Worker);
            _ = TellJobAsync(lease);
        }

        WakeWorkers();
    }

    private async Task TellJobAsync(WorkLease lease)
    {
        try
        {
            await GrainFactory.GetGrain<IJobWorkGrain>(lease.Item.Key.Job.ToString()).ReportAsync(new LeaseLostReport
            {
                Stage = _stage,
                Image = lease.Item.Key.Image,
                Epoch = lease.Epoch,
                Worker = lease.Worker,
            });
        }
        catch (Exception exception)
        {
            // The next worker's start tells the job the same.
            LogNotTold(lease.Item.Key, exception);
        }
    }

    private void WakeWorkers()
    {
        foreach (string worker in _queue.TakeHungry())
        {
            _ = GrainFactory.Find<IWorkerGrain>(worker).WakeAsync(this.GetPrimaryKeyString());
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The lease of {Worker} on {Item} at {Stage} is lost; the item waits again")]
    private partial void LogLost(WorkKey item, Stage stage, string worker);

    [LoggerMessage(2, LogLevel.Warning, "The job of {Item} was not told of its lost lease")]
    private partial void LogNotTold(WorkKey item, Exception exception);
}
