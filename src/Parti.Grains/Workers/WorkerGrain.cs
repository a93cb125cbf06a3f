using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Parti.Abstractions;
using Parti.Grains.Imaging;
using Parti.Grains.Placement;
using Parti.Grains.Storage;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>
/// One device of this silo: <see cref="LeaseTaker"/> takes leases while the engine has room, <see cref="StageRunner"/> asks the
/// job for the input, awaits the engine and reports. The engine computes on its own thread; nothing here blocks.
/// </summary>
[DevicePlacement, Reentrant, KeepAlive]
public sealed class WorkerGrain : Grain, IWorkerGrain
{
    private static readonly TimeSpan AnnounceInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HandOverBudget = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DrainAnswer = TimeSpan.FromSeconds(2);

    private readonly ILocalEngines _engines;
    private readonly LocalDrains _drains;
    private readonly IPictureEncoder _encoder;
    private readonly IResultStore _results;
    private readonly PartiGrainsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<WorkerGrain> _logger;
    private readonly WorkInHand _hand;
    private readonly WorkerTally _tally;
    private readonly DateTimeOffset _startedAt;
    private string _id = string.Empty;
    private DateTimeOffset? _drainEnd;

    // Null while the models load.
    private IInferenceEngine? _engine;
    private LeaseTaker? _leases;
    private ForeignModels? _foreign;
    private AttentionMaps? _maps;

    /// <summary>Made by the runtime.</summary>
    public WorkerGrain(
        ILocalEngines engines,
        LocalDrains drains,
        IPictureEncoder encoder,
        IResultStore results,
        IOptions<PartiGrainsOptions> options,
        TimeProvider time,
        ILogger<WorkerGrain> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _engines = engines;
        _drains = drains;
        _encoder = encoder;
        _results = results;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _hand = new(time);
        _tally = new(time);
        _startedAt = time.GetUtcNow();
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _id = this.GetPrimaryKeyString();
        (_, string device) = WorkerKey.Parse(_id);
        if (!_engines.Devices.Contains(device))
        {
            throw new ArgumentException($"Worker {_id} cannot start: this silo has no device {device}; it has {string.Join(", ", _engines.Devices)}.");
        }

        _drains.End(device);
        _ = OpenAsync(device);
        return base.OnActivateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _hand.HandOverAsync(HandOverBudget);
        await GrainFactory.GetGrain<IWorkerDirectoryGrain>(0).LeaveAsync(_id);
    }

    /// <inheritdoc/>
    public Task StartAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task WakeAsync(string queue)
    {
        _leases?.Pull(queue);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task AbortAsync(WorkKey item, long epoch)
    {
        _hand.Abort(item, epoch);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> HoldsAsync(WorkKey item, long epoch) => Task.FromResult(_hand.Holds(item, epoch));

    /// <inheritdoc/>
    public Task<WorkerSnapshot> DescribeAsync() => Task.FromResult(Describe());

    /// <inheritdoc/>
    public async Task<bool> DrainAsync(TimeSpan budget)
    {
        DateTimeOffset end = _time.GetUtcNow() + budget;
        if (_drainEnd is null || end < _drainEnd - DrainAnswer)
        {
            _drainEnd = end;
            _drains.Begin(WorkerKey.Parse(_id).Device);
            _hand.Close();
            WorkerLog.Draining(_logger, _id, _hand.Count, budget);
            _ = AnnounceAsync();
            _ = HandOverAfterAsync(budget);
        }

        await _hand.WaitUntilIdleAsync(DrainAnswer);
        return _hand.Count == 0;
    }

    /// <inheritdoc/>
    public async Task<byte[]> PreviewAsync(string model, int[] tokens, CancellationToken cancellationToken = default)
    {
        IInferenceEngine engine = _engine ?? throw new InvalidOperationException($"Worker {_id} is still loading its models.");
        Picture picture = await engine.DetokenizeAsync(model, tokens, cancellationToken);
        return await Task.Run(() => _encoder.Encode(picture, OutputFormat.Png, null), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<AttentionAnswer> AttendAsync(AttentionQuestion question, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        return _maps is { } maps
            ? await maps.AnswerAsync(question, cancellationToken)
            : new() { Outcome = AttentionOutcome.Busy, Reason = $"Worker {_id} is still loading its models; ask again in a moment." };
    }

    private async Task HandOverAfterAsync(TimeSpan budget)
    {
        await _hand.WaitUntilIdleAsync(budget);
        await _hand.HandOverAsync(HandOverBudget);
    }

    private async Task OpenAsync(string device)
    {
        try
        {
            _engine = await _engines.GetAsync(device);
            _maps = new(_engine, _time);
            LeaseKeeper keeper = new(_id, GrainFactory, _hand, _logger);
            _foreign = new(_id, _engine, _logger);
            LeaseTaker leases = NewLeaseTaker(_engine, keeper, _foreign);
            _leases = leases;
            Every(_options.PollInterval, leases.PullAll);
            Every(_options.LeaseDuration / 3, () => _ = keeper.RenewAsync());
            Every(AnnounceInterval, () => _ = AnnounceAsync());
            _ = AnnounceAsync();
            leases.PullAll();
            WorkerLog.Started(_logger, _id, _engine.Slots, leases.Queues);
        }
        catch (Exception exception)
        {
            WorkerLog.NoEngine(_logger, _id, exception);
        }
    }

    private LeaseTaker NewLeaseTaker(IInferenceEngine engine, LeaseKeeper keeper, ForeignModels foreign)
    {
        JobReporter jobs = new(_id, GrainFactory, _time, _logger);
        ImageSampler sampler = new(engine, jobs, _hand, _tally, _options, _time, TaskScheduler.Current, _logger);
        SourcePictures sources = new(engine, _results);
        StageRunner runner = new(engine, jobs, sampler, sources, new(_encoder, _results, sources, _time), new(), _tally, _logger);
        int generation = this.GrainContext.Address.SiloAddress!.Generation;
        LeaseTaker leases = new(_id, generation, engine, _options, GrainFactory, _hand, keeper, runner.RunAsync, foreign, _logger);
        runner.Leases = leases;
        return leases;
    }

    private void Every(TimeSpan period, Action action) => this.RegisterGrainTimer(
        () =>
        {
            action();
            return Task.CompletedTask;
        },
        new GrainTimerCreationOptions(period, period) { Interleave = true, KeepAlive = true });

    private async Task AnnounceAsync()
    {
        try
        {
            _tally.Measure();
            await GrainFactory.GetGrain<IWorkerDirectoryGrain>(0).AnnounceAsync(Describe());
        }
        catch (Exception exception)
        {
            WorkerLog.AnnounceFailed(_logger, _id, exception);
        }
    }

    private WorkerSnapshot Describe()
    {
        (string silo, string device) = WorkerKey.Parse(_id);
        return new()
        {
            Id = _id,
            Silo = silo,
            Device = device,
            Models = _engine is null ? [] : [.. _engine.Models.Keys.Where(model => _foreign?.Contains(model) != true)],
            Refused = _foreign?.All ?? [],
            Stages = [.. _options.Stages],
            Slots = _engine?.Slots ?? 0,
            SlotsInUse = _hand.InSlots,
            TokensPerSecond = _tally.TokensPerSecond,
            Draining = _hand.Draining,
            ImagesDone = _tally.ImagesDone,
            StartedAt = _startedAt,
            Busy = _hand.Count,
            ImagesPerSecond = _tally.ImagesPerSecond,
            MemoryBytes = Environment.WorkingSet,
            MemoryLimitBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        };
    }
}
