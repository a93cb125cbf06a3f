using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Placement;
using Parti.Abstractions;
using Parti.Grains.Storage;
using Parti.Grains.Workers;
using Parti.Inference;

namespace Parti.Grains.Jobs;

/// <summary>
/// One job. Holds the durable record, the event log, and in memory the text states and pictures on their way to the next
/// stage. Never computes. Reentrant: every change is made in one synchronous step by <see cref="JobStateMachine"/>; what is
/// awaited afterwards is only writing and telling.
/// </summary>
[Reentrant, PreferLocalPlacement]
public sealed partial class JobGrain : Grain, IJobGrain, IJobWorkGrain
{
    private static readonly TimeSpan WriteInterval = TimeSpan.FromMilliseconds(250);

    private readonly IPersistentState<JobGrainState> _state;
    private readonly IModelRegistry _models;
    private readonly IResultStore _results;
    private readonly PartiGrainsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<JobGrain> _logger;
    private readonly JobEventLog _log = new();
    private readonly CoalescingWriter _writer;
    private readonly Dictionary<int, PixelData> _pictures = [];
    private TextStates? _text;
    private JobKey _key;
    private JobRecord? _job;

    // What callers see: follows _job once what they must not lose is written.
    private JobRecord? _visible;
    private bool _closing;

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
        _state = state;
        _models = models;
        _results = results;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _writer = new(WriteStateAsync, WriteInterval, time);
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = JobKey.Parse(this.GetPrimaryKeyString());
        if (_state.State.Record is { } stored)
        {
            _job = JobStateMachine.Restore(stored);
            _log.Restore(_state.State.Events, _state.State.SeqReserved);
            if (!_job.State.IsTerminal())
            {
                AddRestored();
                this.RegisterGrainTimer(PokeAsync, new GrainTimerCreationOptions(TimeSpan.FromMilliseconds(50), Timeout.InfiniteTimeSpan));
            }
            else if (!_log.HasEnded)
            {
                AddEnd();
            }

            _visible = _job;
        }

        return base.OnActivateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _closing = true;
        _log.Wake();
        if (_writer.IsDirty && _job is not null)
        {
            try
            {
                await _writer.WriteAsync();
            }
            catch (Exception exception)
            {
                LogWriteFailed(_key, exception);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<SubmitAnswer> SubmitAsync(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        JobRecord? fresh = _job;
        if (fresh is null)
        {
            IReadOnlyList<ModelDescription> models = await _models.GetModelsAsync(cancellationToken);
            IReadOnlyList<RequestProblem> problems = GenerationRequestValidator.Validate(request, ParameterResolver.LimitsOf(models));
            if (problems.Count > 0)
            {
                return new() { Outcome = SubmitOutcome.Invalid, Problems = problems };
            }

            fresh = ParameterResolver.NewJob(_key, request, models, Now);
            AdmitAnswer admitted = await Queue(fresh.Model, Stage.Sample).AdmitAsync(_key, fresh.Images.Length);
            if (!admitted.Admitted)
            {
                return new() { Outcome = SubmitOutcome.Busy, RetryAfterMs = admitted.RetryAfterMs };
            }
        }

        // Another submit may have come first while this one waited: then the machine says duplicate or conflict.
        Transition transition = Decide(new JobCommand.Submit(fresh with { Request = request }));
        if (transition.Decision == Decision.Conflict)
        {
            return new() { Outcome = SubmitOutcome.Conflict, Job = await SnapshotAsync(_job!) };
        }

        return await AcceptAsync(transition);
    }

    /// <inheritdoc/>
    public async Task<JobSnapshot?> GetSnapshotAsync(CancellationToken cancellationToken = default) =>
        _visible is { } job ? await SnapshotAsync(job) : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<JobEvent> WatchAsync(long afterSeq, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        long seen = afterSeq;
        while (_visible is not null)
        {
            (IReadOnlyList<JobEvent> events, Task more) = _log.After(seen);
            foreach (JobEvent next in events)
            {
                yield return next;
                seen = next.Seq;
            }

            // A closing activation ends the stream early; the watcher comes back to the next one.
            if (_closing || (_log.HasEnded && _log.Published <= seen))
            {
                yield break;
            }

            if (events.Count == 0)
            {
                await more.WaitAsync(cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public Task<CommandAnswer> CancelAsync(CancellationToken cancellationToken = default) => CommandAsync(new JobCommand.Cancel());

    /// <inheritdoc/>
    public Task<CommandAnswer> RetryAsync(CancellationToken cancellationToken = default) => CommandAsync(new JobCommand.Retry());

    /// <inheritdoc/>
    public async Task<CommandAnswer> DeleteAsync(CancellationToken cancellationToken = default)
    {
        JobRecord? before = _job;
        Transition transition = Decide(new JobCommand.Delete());
        if (before is not null)
        {
            _visible = null;
            _log.Wake();
            RunEffects(transition);
            await _results.DeleteAsync(ResultPaths.Folder(_key, before.CreatedAt), cancellationToken);
            await _writer.WriteAsync();
        }

        // Also where the record is gone: an earlier delete may have been cut short here.
        await Catalog.RemoveAsync(_key);
        return new(before is null ? CommandOutcome.NotFound : CommandOutcome.Done, null);
    }

    /// <inheritdoc/>
    public async Task<byte[]?> GetPreviewAsync(int image, CancellationToken cancellationToken = default)
    {
        if (_visible is not { } job || image < 0 || image >= job.Images.Length || job.Images[image].Tokens.Count == 0)
        {
            return null;
        }

        IReadOnlyList<WorkerSnapshot> workers = await GrainFactory.GetGrain<IWorkerDirectoryGrain>(0).ListAsync();
        string? own = job.Images[image].Hold?.Worker;
        WorkerSnapshot? worker = workers
            .Where(candidate => candidate.Models.Contains(job.Model) && candidate.Stages.Contains(Stage.Detokenize))
            .OrderByDescending(candidate => candidate.Id == own)
            .FirstOrDefault();
        return worker is null
            ? null
            : await GrainFactory.GetGrain<IWorkerGrain>(worker.Id).PreviewAsync(job.Model, job.Images[image].Tokens.ToArray(), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<WorkStartAnswer> StartAsync(WorkStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        Transition transition = Decide(new JobCommand.Start(start));
        await FinishAsync(transition);
        return transition.Decision == Decision.Done
            ? new(WorkOutcome.Go, InputFor(transition.Job!, start))
            : new(ToOutcome(transition.Decision), null);
    }

    /// <inheritdoc/>
    public async Task<WorkOutcome> ReportAsync(WorkReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        Transition transition = Decide(new JobCommand.Report(report));
        if (transition.Decision == Decision.Done)
        {
            Keep(report);
        }

        await FinishAsync(transition);
        return ToOutcome(transition.Decision);
    }

    private static WorkOutcome ToOutcome(Decision decision) => decision switch
    {
        Decision.Done => WorkOutcome.Go,
        Decision.NotReady => WorkOutcome.NotReady,
        Decision.Canceled or Decision.NotFound => WorkOutcome.Canceled,
        _ => WorkOutcome.Stale,
    };

    private WorkInput InputFor(JobRecord job, WorkStart start) => new()
    {
        Prompt = job.Request.Prompt,
        Parameters = job.Parameters,
        CreatedAt = job.CreatedAt,
        Text = start is { Stage: Stage.Sample, HasText: false } ? _text : null,
        Tokens = start.Stage is Stage.Sample or Stage.Detokenize ? job.Images[start.Image].Tokens.ToArray() : [],
        Picture = start.Stage == Stage.Upscale ? _pictures.GetValueOrDefault(start.Image) : null,
    };

    private void Keep(WorkReport report)
    {
        switch (report)
        {
            case EncodedReport encoded:
                _text = encoded.Text;
                break;
            case DetokenizedReport detokenized:
                _pictures[report.Image] = detokenized.Picture;
                break;
            case StoredReport:
                _pictures.Remove(report.Image);
                break;
        }
    }

    private async Task<CommandAnswer> CommandAsync(JobCommand command)
    {
        Transition transition = Decide(command);
        await FinishAsync(transition);
        CommandOutcome outcome = transition.Decision switch
        {
            Decision.NotFound => CommandOutcome.NotFound,
            Decision.Refused => CommandOutcome.Refused,
            _ => CommandOutcome.Done,
        };
        return new(outcome, _visible is { } job ? await SnapshotAsync(job) : null, transition.Reason);
    }

    private async Task<JobSnapshot> SnapshotAsync(JobRecord job)
    {
        int? position = null;
        IEnumerable<Stage> waiting = JobStateMachine.Needs(job)
            .Where(need => job.HoldOf(need.Image).Hold is null)
            .Select(need => need.Stage)
            .Distinct();
        foreach (Stage stage in waiting)
        {
            position ??= await Queue(job.Model, stage).GetPositionAsync(_key);
        }

        return JobProjection.ToSnapshot(job, Now, position);
    }
}
