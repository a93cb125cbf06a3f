using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Placement;
using Parti.Abstractions;
using Parti.Grains.Catalog;
using Parti.Grains.Placement;
using Parti.Grains.Storage;
using Parti.Grains.Workers;

namespace Parti.Grains.Jobs;

/// <summary>
/// One job. Never computes. Reentrant: every change is made in one synchronous step of <see cref="JobLedger"/>; what is
/// awaited afterwards is only writing (<see cref="JobRecorder"/>) and telling (<see cref="JobEffects"/>).
/// </summary>
[ControlGrain, Reentrant, PreferLocalPlacement]
public sealed class JobGrain : Grain, IJobGrain, IJobWorkGrain
{
    private readonly JobKey _key;
    private readonly IPersistentState<JobGrainState> _state;
    private readonly IResultStore _results;
    private readonly IJobCatalogGrain _catalog;
    private readonly JobLedger _ledger;
    private readonly JobRecorder _recorder;
    private readonly JobQueues _queues;
    private readonly JobWorkspace _workspace = new();
    private readonly JobEffects _effects;
    private readonly JobAcceptance _acceptance;

    /// <summary>Made by the runtime.</summary>
    public JobGrain(
        [PersistentState("job", PartiGrainsOptions.StorageName)] IPersistentState<JobGrainState> state,
        IModelRegistry models,
        IResultStore results,
        IOptions<PartiGrainsOptions> options,
        TimeProvider time,
        ILogger<JobGrain> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _key = JobKey.Parse(this.GetPrimaryKeyString());
        _state = state;
        _results = results;
        _catalog = GrainFactory.GetGrain<IJobCatalogGrain>(CatalogPartition.Of(_key, options.Value.CatalogPartitions));
        _ledger = new(time);
        _recorder = new(_key, state, _ledger, time, Fence, logger);
        _queues = new(_key, _ledger, GrainFactory, time, logger);
        _effects = new(_key, _ledger, _recorder, _queues, _workspace, _catalog, results, GrainFactory, logger);
        _acceptance = new(_key, _ledger, _recorder, _queues, _effects, _catalog, models, logger);
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _ledger.Restore(_state.State);
        if (_ledger.Current is { } job && !job.State.IsTerminal())
        {
            // Event numbers that watchers may see from here on are reserved first.
            await _recorder.WriteAsync(Durability.Eager);
            this.RegisterGrainTimer(PokeAsync, new GrainTimerCreationOptions(TimeSpan.FromMilliseconds(50), Timeout.InfiniteTimeSpan));
        }

        await base.OnActivateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _ledger.Close();
        return _recorder.FinishAsync();
    }

    /// <inheritdoc/>
    public Task<SubmitAnswer> SubmitAsync(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _acceptance.SubmitAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<JobSnapshot?> GetSnapshotAsync(CancellationToken cancellationToken = default) =>
        _ledger.Visible is { } job ? await _queues.DescribeAsync(job) : null;

    /// <inheritdoc/>
    public IAsyncEnumerable<JobEvent> WatchAsync(long afterSeq, CancellationToken cancellationToken = default) =>
        _ledger.WatchAsync(afterSeq, cancellationToken);

    /// <inheritdoc/>
    public Task<CommandAnswer> CancelAsync(CancellationToken cancellationToken = default) =>
        CommandAsync(_ledger.Decide(new JobCommand.Cancel()));

    /// <inheritdoc/>
    public async Task<CommandAnswer> RetryAsync(CancellationToken cancellationToken = default)
    {
        Transition transition = _ledger.Decide(new JobCommand.Retry());

        // A restart finds unfinished jobs in the catalog, so an answered retry must be on its list.
        Task listed = transition.Decision == Decision.Done ? _effects.ListAsync(transition.Job!) : Task.CompletedTask;
        CommandAnswer answer = await CommandAsync(transition);
        await listed;
        return answer;
    }

    /// <inheritdoc/>
    public async Task<CommandAnswer> DeleteAsync(CancellationToken cancellationToken = default)
    {
        // What is stored although nothing is here is what an earlier delete could not take.
        JobRecord? before = _ledger.Current ?? (_state.RecordExists ? _state.State.Record : null);
        Transition transition = _ledger.Decide(new JobCommand.Delete());
        if (before is not null)
        {
            _ledger.Hide();
            _effects.Run(transition, before.Model);
            await _results.DeleteAsync(ResultPaths.Folder(_key, before.CreatedAt), cancellationToken);
            await _recorder.WriteAsync();
        }

        // Also where the record is gone: an earlier delete may have been cut short here.
        await _catalog.RemoveAsync(_key);
        return new(before is null ? CommandOutcome.NotFound : CommandOutcome.Done, null);
    }

    /// <inheritdoc/>
    public Task<byte[]?> GetPreviewAsync(int image, CancellationToken cancellationToken = default) =>
        JobPreview.MakeAsync(GrainFactory, _ledger.Visible, image, cancellationToken);

    /// <inheritdoc/>
    public async Task<WorkStartAnswer> StartAsync(WorkStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        Transition transition = _ledger.Decide(new JobCommand.Start(start));
        await _effects.FinishAsync(transition);
        return transition.Decision == Decision.Done
            ? new(WorkOutcome.Go, _workspace.InputFor(transition.Job!, start))
            : new(JobProjection.ToWorkOutcome(transition.Decision), null);
    }

    /// <inheritdoc/>
    public async Task<WorkOutcome> ReportAsync(WorkReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        Transition transition = _ledger.Decide(new JobCommand.Report(report));
        if (transition.Decision == Decision.Done)
        {
            _workspace.Keep(report);
        }

        await _effects.FinishAsync(transition);
        return JobProjection.ToWorkOutcome(transition.Decision);
    }

    /// <inheritdoc/>
    public async Task<PokeAnswer> PokeAsync()
    {
        if (_ledger.Current is not { } job)
        {
            return new(null);
        }

        if (job.State == JobState.Succeeded)
        {
            // The catalog still thinks it runs: the silo was lost just after the record was written, perhaps before job.json.
            await _effects.StoreDescriptionAsync(job);
        }

        foreach (IGrouping<Stage, int> group in JobStateMachine.Needs(job).GroupBy(need => need.Stage, need => need.Image))
        {
            if (_ledger.Current is null)
            {
                break;
            }

            ImmutableArray<int> images = [.. group];
            IReadOnlyList<EnqueueOutcome> outcomes = await _queues.OfferAsync(group.Key, images);
            for (int i = 0; i < images.Length; i++)
            {
                await DropDeadHoldAsync(group.Key, images[i], outcomes[i]);
            }
        }

        return new(_ledger.Current is { } current ? JobProjection.ToSummary(current) : null);
    }

    private async Task<CommandAnswer> CommandAsync(Transition transition)
    {
        await _effects.FinishAsync(transition);
        JobRecord? after = transition.Decision == Decision.Done ? transition.Job : _ledger.Visible;
        return new(JobProjection.ToCommandOutcome(transition.Decision), after is { } job ? await _queues.DescribeAsync(job) : null, transition.Reason);
    }

    /// <summary>A lease that the queue does not know is dead: its worker and the queue were lost together.</summary>
    private async Task DropDeadHoldAsync(Stage stage, int image, EnqueueOutcome outcome)
    {
        if (_ledger.Current is { } job && outcome != EnqueueOutcome.Leased && job.HoldOf(image).Hold is { } hold && hold.Stage == stage)
        {
            await ReportAsync(new LeaseLostReport { Stage = stage, Image = image, Epoch = hold.Epoch, Worker = hold.Worker });
        }
    }

    /// <summary>Another activation owns the job: whoever watches or reports goes there.</summary>
    private void Fence()
    {
        _ledger.Close();
        DeactivateOnIdle();
    }
}
