using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Placement;
using Parti.Abstractions;
using Parti.Grains.Catalog;
using Parti.Grains.Placement;
using Parti.Grains.Storage;
using Parti.Grains.Webhooks;
using Parti.Grains.Workers;

namespace Parti.Grains.Jobs;

/// <summary>
/// One job. Never computes. Reentrant: every change is made in one synchronous step of <see cref="JobLedger"/>; what is
/// awaited afterwards is only writing (<see cref="JobRecorder"/>) and telling (<see cref="JobEffects"/>).
/// </summary>
[ControlGrain, Reentrant, PreferLocalPlacement]
public sealed class JobGrain : Grain, IJobGrain, IJobWorkGrain
{
    private static readonly TimeSpan IdleAfterEnd = TimeSpan.FromSeconds(20);

    private readonly JobKey _key;
    private readonly IPersistentState<JobGrainState> _state;
    private readonly IJobCatalogGrain _catalog;
    private readonly JobLedger _ledger;
    private readonly JobRecorder _recorder;
    private readonly JobQueues _queues;
    private readonly JobWorkspace _workspace = new();
    private readonly JobEffects _effects;
    private readonly JobAcceptance _acceptance;
    private readonly JobUpkeep _upkeep;
    private readonly JobRemoval _removal;
    private readonly JobWebhook _webhook;
    private readonly JobPreviews _previews;
    private readonly JobAttention _attention;
    private bool _leaves;
    private int _submits;

    /// <summary>Made by the runtime.</summary>
    public JobGrain(
        [PersistentState("job", PartiGrainsOptions.StorageName)] IPersistentState<JobGrainState> state,
        IModelRegistry models,
        IResultStore results,
        IWebhookSender webhooks,
        IOptions<PartiGrainsOptions> options,
        TimeProvider time,
        ILogger<JobGrain> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _key = JobKey.Parse(this.GetPrimaryKeyString());
        _state = state;
        _catalog = GrainFactory.Find<IJobCatalogGrain>(CatalogPartition.Of(_key, options.Value.CatalogPartitions));
        _ledger = new(time);
        _recorder = new(_key, state, _ledger, time, Fence, logger);
        _queues = new(_key, _ledger, options.Value.QueuePartitions, GrainFactory, time, logger);
        _effects = new(_key, _ledger, _recorder, _queues, _workspace, _catalog, results, GrainFactory, logger);
        _acceptance = new(_key, _ledger, _recorder, _queues, _effects, _catalog, models, webhooks, time, logger);
        _webhook = new(this, _ledger, _effects, webhooks, logger);
        _upkeep = new(_key, _ledger, _queues, _effects, GrainFactory, time, ReportAsync);
        _previews = new(GrainFactory);
        _attention = new(GrainFactory);
        _removal = new(_key, state, _ledger, _recorder, _effects, _catalog, results);
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _ledger.Restore(_state.State);
        if (_ledger.Log.Withholds)
        {
            // Watchers see what the restart adds once numbers for it are reserved.
            await _recorder.WriteAsync(Durability.Lazy);
        }

        if (_ledger.Current is { } job && !job.State.IsTerminal())
        {
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
    public async Task<SubmitAnswer> SubmitAsync(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        _submits++;
        try
        {
            return await _acceptance.SubmitAsync(request, cancellationToken);
        }
        finally
        {
            _submits--;
            LeaveIfEmpty();
        }
    }

    /// <inheritdoc/>
    public async Task<JobSnapshot?> GetSnapshotAsync(CancellationToken cancellationToken = default)
    {
        LeaveIfEmpty();
        return _ledger.Visible is { } job ? await _queues.DescribeAsync(job) : null;
    }

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
    public Task<CommandAnswer> DeleteAsync(CancellationToken cancellationToken = default) => _removal.DeleteAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<PreviewPicture?> GetPreviewAsync(int image, int? tokens, CancellationToken cancellationToken = default) =>
        _previews.GetAsync(_ledger.Visible, image, tokens, cancellationToken);

    /// <inheritdoc/>
    public Task<AttentionAnswer?> GetAttentionAsync(int image, string word, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(word);
        return _attention.GetAsync(_ledger.Visible, image, word, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<WorkStartAnswer> StartAsync(WorkStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        Transition transition = _ledger.Decide(new JobCommand.Start(start));
        if (_ledger.WasRestored && transition.Durability == Durability.Lazy)
        {
            // A job that took its process down before the attempt was written must not do so for ever.
            transition = transition with { Durability = Durability.Eager };
        }

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
        else if (transition.Decision == Decision.NotFound && report is StoredReport stray)
        {
            _effects.Run(_removal.RemoveStrayAsync(stray));
        }

        await _effects.FinishAsync(transition);
        LeaveSoonAfterTheEnd();
        _webhook.Arm();
        return JobProjection.ToWorkOutcome(transition.Decision);
    }

    /// <inheritdoc/>
    public Task<PokeAnswer> PokeAsync()
    {
        _webhook.Arm();
        return _upkeep.PokeAsync();
    }

    private async Task<CommandAnswer> CommandAsync(Transition transition)
    {
        await _effects.FinishAsync(transition);
        _webhook.Arm();
        JobRecord? after = transition.Decision == Decision.Done ? transition.Job : _ledger.Visible;
        return new(JobProjection.ToCommandOutcome(transition.Decision), after is { } job ? await _queues.DescribeAsync(job) : null, transition.Reason);
    }

    /// <summary>Refused jobs and names that nobody gave are many under load; their grains are not to be kept until they are old.</summary>
    private void LeaveIfEmpty()
    {
        if (_ledger.Current is null && !_state.RecordExists && _submits == 0 && !_recorder.Owes)
        {
            DeactivateOnIdle();
        }
    }

    /// <summary>Most jobs are looked at right after their end or not at all; what is asked later is read again.</summary>
    private void LeaveSoonAfterTheEnd()
    {
        if (_ledger.Current is { } job && job.State.IsTerminal() && !_leaves)
        {
            _leaves = true;
            _previews.Clear();
            this.RegisterGrainTimer(LeaveAsync, new GrainTimerCreationOptions(IdleAfterEnd, IdleAfterEnd));
        }
    }

    private Task LeaveAsync()
    {
        if (_ledger.Current is { } job && job.State.IsTerminal() && !_recorder.Owes)
        {
            DeactivateOnIdle();
        }

        return Task.CompletedTask;
    }

    /// <summary>Another activation owns the job: whoever watches or reports goes there.</summary>
    private void Fence()
    {
        _ledger.Close();
        DeactivateOnIdle();
    }
}
