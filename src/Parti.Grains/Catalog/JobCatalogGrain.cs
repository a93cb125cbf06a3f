using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Storage;
using Parti.Abstractions;
using Parti.Grains.Jobs;
using Parti.Grains.Placement;

namespace Parti.Grains.Catalog;

/// <summary>One partition of the list of jobs, and its sweep.</summary>
[ControlGrain, KeepAlive, RandomPlacement, Reentrant]
public sealed partial class JobCatalogGrain : Grain, IJobCatalogGrain, IRemindable
{
    private const string ReminderName = "sweep";
    private static readonly TimeSpan WriteInterval = TimeSpan.FromMilliseconds(500);

    private readonly PartiGrainsOptions _options;
    private readonly ILogger<JobCatalogGrain> _logger;
    private readonly CatalogStore _store;
    private readonly CoalescingWriter _writer;
    private readonly CatalogSweep _sweep;
    private readonly CatalogRetention _retention;
    private Task<int>? _sweeping;
    private Task<int>? _following;
    private Task<int>? _deleting;
    private bool _closing;

    /// <summary>Made by the runtime.</summary>
    public JobCatalogGrain(
        [PersistentState("head", PartiGrainsOptions.StorageName)] IPersistentState<CatalogHead> head,
        [FromKeyedServices(PartiGrainsOptions.StorageName)] IGrainStorage storage,
        IOptions<PartiGrainsOptions> options,
        TimeProvider time,
        ILogger<JobCatalogGrain> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        _logger = logger;
        _store = new(this.GetGrainId(), head, storage);
        _writer = new(_store.WriteAsync, WriteInterval, time);
        _sweep = new(GrainFactory, _options.QueuePartitions, time, logger);
        _retention = new(GrainFactory, _options.RetainJobs, time, logger);
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await _store.LoadAsync();
        this.RegisterGrainTimer(SweepAsync, new GrainTimerCreationOptions(_options.SweepInterval, _options.SweepInterval) { Interleave = true });
        if (_options.UseReminders)
        {
            // Finds unfinished jobs even where every silo that knew this partition is gone.
            await this.RegisterOrUpdateReminder(ReminderName, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _closing = true;
        if (_writer.IsDirty)
        {
            await _writer.WriteAsync();
        }
    }

    /// <inheritdoc/>
    public Task AddAsync(JobSummary job)
    {
        _store.Put(job);
        return _writer.WriteAsync();
    }

    /// <inheritdoc/>
    public Task UpdateAsync(JobSummary job)
    {
        _store.Put(job);
        _writer.WriteLater(OnWriteFailed);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RemoveAsync(JobKey job)
    {
        _store.Remove(job);
        return _writer.WriteAsync();
    }

    /// <inheritdoc/>
    public Task<JobPage> ListAsync(JobQuery query) => Task.FromResult(_store.Index.List(query));

    /// <inheritdoc/>
    public async Task<JobPage> ListAllAsync(JobQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (_options.CatalogPartitions == 1)
        {
            return _store.Index.List(query);
        }

        JobPage[] pages = await Task.WhenAll(Enumerable.Range(0, _options.CatalogPartitions)
            .Select(partition => GrainFactory.GetGrain<IJobCatalogGrain>(partition).ListAsync(query)));
        return CatalogIndex.Merge(pages, query.Limit);
    }

    /// <inheritdoc/>
    public Task<int> SweepAsync()
    {
        // Nobody waits for old jobs to go.
        _deleting = _deleting is { IsCompleted: false } ? _deleting : _retention.RunAsync(_store.Index);

        // One at a time. The one that runs may have passed what its caller knows of: who asks meanwhile gets the one after it.
        return _sweeping is { IsCompleted: false } running ? _following ??= FollowAsync(running) : _sweeping = SweepOnceAsync();
    }

    /// <inheritdoc/>
    public Task SweepSoonAsync()
    {
        _ = SweepAsync();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status) => SweepAsync();

    private Task<int> SweepOnceAsync() => _sweep.RunAsync([.. _store.Index.Open], NoteAsync);

    private async Task<int> FollowAsync(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _following = null;
        _sweeping = SweepOnceAsync();
        return await _sweeping;
    }

    private Task NoteAsync(JobSummary listed, JobSummary? now)
    {
        if (now is null)
        {
            // Its submit was cut short before the record was written; nobody was told that it was accepted.
            return RemoveAsync(new(listed.Tenant, listed.Id));
        }

        return now == listed ? Task.CompletedTask : UpdateAsync(now);
    }

    private bool OnWriteFailed(Exception exception)
    {
        LogWriteFailed(exception);
        if (exception is InconsistentStateException)
        {
            DeactivateOnIdle();
            return false;
        }

        return !_closing;
    }

    [LoggerMessage(1, LogLevel.Warning, "The catalog could not be written")]
    private partial void LogWriteFailed(Exception exception);
}
