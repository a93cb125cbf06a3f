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
/// One device of this silo: takes leases while the engine has room, asks the job for the input, awaits the engine and
/// reports. The engine computes on its own thread; nothing here blocks.
/// </summary>
[DevicePlacement, Reentrant, KeepAlive]
public sealed partial class WorkerGrain : Grain, IWorkerGrain
{
    private static readonly TimeSpan AnnounceInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HandOverBudget = TimeSpan.FromSeconds(5);

    private readonly ILocalEngines _engines;
    private readonly IPictureEncoder _encoder;
    private readonly IResultStore _results;
    private readonly PartiGrainsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<WorkerGrain> _logger;
    private readonly Dictionary<string, Feed> _feeds = [];
    private readonly Dictionary<(WorkKey Key, Stage Stage), RunningWork> _running = [];
    private readonly TextCache _texts = new();
    private readonly DateTimeOffset _startedAt;
    private TaskScheduler _scheduler = TaskScheduler.Default;
    private TaskCompletionSource? _idle;
    private IInferenceEngine? _engine;
    private string _id = string.Empty;
    private bool _draining;
    private long _imagesDone;
    private long _tokensDone;
    private (long Tokens, long At) _rateFrom;
    private double _tokensPerSecond;

    /// <summary>Made by the runtime.</summary>
    public WorkerGrain(
        ILocalEngines engines,
        IPictureEncoder encoder,
        IResultStore results,
        IOptions<PartiGrainsOptions> options,
        TimeProvider time,
        ILogger<WorkerGrain> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _engines = engines;
        _encoder = encoder;
        _results = results;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _startedAt = time.GetUtcNow();
    }

    private int SlotsInUse => _feeds.Values.Where(feed => feed.Stage == Stage.Sample).Sum(feed => feed.InFlight);

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _id = this.GetPrimaryKeyString();
        _scheduler = TaskScheduler.Current;
        (_, string device) = WorkerKey.Parse(_id);
        if (!_engines.Devices.Contains(device))
        {
            throw new ArgumentException($"Worker {_id} cannot start: this silo has no device {device}; it has {string.Join(", ", _engines.Devices)}.");
        }

        _ = OpenAsync(device);
        return base.OnActivateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await HandOverAllAsync();
        await GrainFactory.GetGrain<IWorkerDirectoryGrain>(0).LeaveAsync(_id);
    }

    /// <inheritdoc/>
    public Task StartAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task WakeAsync(string queue)
    {
        if (_feeds.TryGetValue(queue, out Feed? feed))
        {
            _ = PullAsync(feed);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task AbortAsync(WorkKey item, long epoch)
    {
        foreach (RunningWork work in _running.Values.Where(work => work.Key == item && work.Lease.Epoch == epoch))
        {
            work.Stop.Cancel();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<WorkerSnapshot> DescribeAsync() => Task.FromResult(Describe());

    /// <inheritdoc/>
    public async Task DrainAsync(TimeSpan budget)
    {
        _draining = true;
        LogDraining(_id, _running.Count, budget);
        Announce();
        await WaitUntilIdleAsync(budget);
        await HandOverAllAsync();
    }

    /// <inheritdoc/>
    public async Task<byte[]> PreviewAsync(string model, int[] tokens, CancellationToken cancellationToken = default)
    {
        IInferenceEngine engine = _engine ?? throw new InvalidOperationException($"Worker {_id} is still loading its models.");
        Picture picture = await engine.DetokenizeAsync(model, tokens, cancellationToken);
        return await Task.Run(() => _encoder.Encode(picture, OutputFormat.Png, null), cancellationToken);
    }

    private async Task OpenAsync(string device)
    {
        try
        {
            _engine = await _engines.GetAsync(device);
        }
        catch (Exception exception)
        {
            LogNoEngine(_id, exception);
            return;
        }

        foreach (string model in _engine.Models.Keys)
        {
            foreach (Stage stage in _options.Stages)
            {
                string key = StageQueueKey.For(model, stage);
                _feeds[key] = new(key, model, stage);
            }
        }

        _rateFrom = (0, _time.GetTimestamp());
        Every(_options.PollInterval, PullAll);
        Every(_options.LeaseDuration / 3, () => _ = RenewAsync());
        Every(AnnounceInterval, Announce);
        Announce();
        PullAll();
        LogStarted(_id, _engine.Slots, _feeds.Count);
    }

    private void Every(TimeSpan period, Action action) => this.RegisterGrainTimer(
        () =>
        {
            action();
            return Task.CompletedTask;
        },
        new GrainTimerCreationOptions(period, period) { Interleave = true, KeepAlive = true });

    private void PullAll()
    {
        foreach (Feed feed in _feeds.Values)
        {
            _ = PullAsync(feed);
        }
    }

    private async Task PullAsync(Feed feed)
    {
        if (feed.Pulling)
        {
            feed.PullAgain = true;
            return;
        }

        feed.Pulling = true;
        try
        {
            do
            {
                feed.PullAgain = false;
                int free = FreeFor(feed);
                feed.MayHaveMore = true;
                if (free > 0)
                {
                    await LeaseAsync(feed, free);
                }
            }
            while (feed.PullAgain);
        }
        catch (Exception exception)
        {
            LogPullFailed(_id, feed.Key, exception);
        }
        finally
        {
            feed.Pulling = false;
        }
    }

    private async Task LeaseAsync(Feed feed, int free)
    {
        // Counted as in use while asked for, or two sample queues would be promised the same slot.
        feed.InFlight += free;
        IReadOnlyList<WorkLease> leases;
        try
        {
            leases = await QueueOf(feed).LeaseAsync(_id, free);
        }
        finally
        {
            feed.InFlight -= free;
        }

        feed.MayHaveMore = leases.Count == free;
        foreach (WorkLease lease in leases)
        {
            feed.InFlight++;
            RunningWork work = new(feed, lease);
            if (_draining || !_running.TryAdd((work.Key, work.Stage), work))
            {
                work.GiveBack = true;
                await EndAsync(work);
                continue;
            }

            _ = RunAsync(work);
        }
    }

    private int FreeFor(Feed feed)
    {
        if (_draining || _engine is null)
        {
            return 0;
        }

        return feed.Stage == Stage.Sample ? _engine.Slots - SlotsInUse : _options.SmallBatch - feed.InFlight;
    }

    private async Task RenewAsync()
    {
        foreach (IGrouping<Feed, RunningWork> group in _running.Values.GroupBy(work => work.Feed).ToList())
        {
            try
            {
                IReadOnlyList<WorkLease> lost = await QueueOf(group.Key).RenewAsync([.. group.Select(work => work.Lease)]);
                foreach (WorkLease lease in lost)
                {
                    await AbortAsync(lease.Item.Key, lease.Epoch);
                }
            }
            catch (Exception exception)
            {
                // The fence decides: if the lease is lost, the next report is refused.
                LogRenewFailed(_id, group.Key.Key, exception);
            }
        }
    }

    private async Task HandOverAllAsync()
    {
        _draining = true;
        foreach (RunningWork work in _running.Values)
        {
            work.HandOver = true;
            await work.Stop.CancelAsync();
        }

        await WaitUntilIdleAsync(HandOverBudget);
    }

    private async Task WaitUntilIdleAsync(TimeSpan budget)
    {
        if (_running.Count == 0)
        {
            return;
        }

        _idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _idle.Task.WaitAsync(budget, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private void Announce()
    {
        double seconds = _time.GetElapsedTime(_rateFrom.At).TotalSeconds;
        if (seconds >= 1)
        {
            _tokensPerSecond = Math.Round((_tokensDone - _rateFrom.Tokens) / seconds, 1);
            _rateFrom = (_tokensDone, _time.GetTimestamp());
        }

        _ = GrainFactory.GetGrain<IWorkerDirectoryGrain>(0).AnnounceAsync(Describe());
    }

    private WorkerSnapshot Describe()
    {
        (string silo, string device) = WorkerKey.Parse(_id);
        return new()
        {
            Id = _id,
            Silo = silo,
            Device = device,
            Models = _engine is null ? [] : [.. _engine.Models.Keys],
            Stages = [.. _options.Stages],
            Slots = _engine?.Slots ?? 0,
            SlotsInUse = _running.Values.Count(work => work.Stage == Stage.Sample),
            TokensPerSecond = _tokensPerSecond,
            Draining = _draining,
            ImagesDone = _imagesDone,
            StartedAt = _startedAt,
        };
    }

    private IStageQueueGrain QueueOf(Feed feed) => GrainFactory.GetGrain<IStageQueueGrain>(feed.Key);
}
