using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Parti.Inference.Families;
using Parti.Models.Checkpoints;

namespace Parti.Inference.Sharding;

/// <summary>
/// The layers of one model that this worker holds for leaders elsewhere, on a thread of their own. Arrays go in and out; callers never
/// compute. One session at a time: whoever opened the last one is served, everybody else is told that the shard is lost to them.
/// </summary>
public sealed class ShardEngine : IAsyncDisposable, IShardLink
{
    private readonly ILogger _logger;
    private readonly ConcurrentQueue<Job> _jobs = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously), _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _busy;
    private volatile bool _stopped;

    /// <summary>Starts the engine's thread, which loads the layers.</summary>
    /// <param name="model">Name of the model.</param>
    /// <param name="hash">Hash of the model.</param>
    /// <param name="shard">Which layers.</param>
    /// <param name="rows">Rows of the caches: the largest leader that is served.</param>
    /// <param name="threads">Threads that share a step, at least 1.</param>
    /// <param name="load">Loads the layers; called on the engine's thread.</param>
    /// <param name="logger">Where to log.</param>
    internal ShardEngine(string model, string hash, LayerShard shard, int rows, int threads, Func<ShardLayers> load, ILogger logger)
    {
        (Model, Hash, Shard, Rows, _logger) = (model, hash, shard, rows, logger);
        new Thread(() => Run(load, threads)) { Name = $"parti-shard-{shard.Index}", IsBackground = true }.Start();
    }

    /// <summary>Name of the model.</summary>
    public string Model { get; }

    /// <summary>Hash of the model.</summary>
    public string Hash { get; }

    /// <summary>Which layers.</summary>
    public LayerShard Shard { get; }

    /// <summary>Rows of the caches.</summary>
    public int Rows { get; }

    /// <summary>Completes when the layers are loaded; faulted where they cannot be.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>How long it has computed so far.</summary>
    public TimeSpan Busy => TimeSpan.FromTicks(Interlocked.Read(ref _busy));

    /// <summary>Starts an engine on the layers of a model directory.</summary>
    /// <param name="directory">The model.</param>
    /// <param name="shard">Which layers; not the leader's.</param>
    /// <param name="slots">Images of the largest leader that is served, 1 to 256.</param>
    /// <param name="threads">Threads that share a step, at least 1.</param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="CheckpointException">Models of its family are not served.</exception>
    /// <exception cref="EngineRequestException">The decoder has fewer layers than shards.</exception>
    public static ShardEngine Open(ModelDirectory directory, LayerShard shard, int slots, int threads, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentOutOfRangeException.ThrowIfLessThan(shard.Index, 1, nameof(shard));
        IFamilyLoader family = FamilyLoaders.Of(directory.Manifest);
        _ = shard.Of(directory.Manifest.Architecture.Transformer.DecoderLayers);
        return new(directory.Manifest.Name, directory.Hash, shard, 2 * slots, threads, () => family.LoadLayers(directory, shard), logger);
    }

    /// <summary>Begins a session: caches and texts of the one before are gone, and its steps are refused.</summary>
    /// <param name="session">The session.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task OpenAsync(Guid session, CancellationToken cancellationToken = default)
    {
        OpenJob job = new(session);
        Post(job);
        return job.Done.WaitAsync(cancellationToken);
    }

    /// <inheritdoc />
    /// <exception cref="ArgumentException">The step does not fit the model; the message says how.</exception>
    public Task<float[]?> StepAsync(ShardStep step, CancellationToken cancellationToken)
    {
        StepJob job = new(step);
        Post(job);
        return job.Output.WaitAsync(cancellationToken);
    }

    /// <summary>Ends the thread after the current step; what waits is told that the shard is lost.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopped = true;
        _wake.Release();
        await _ended.Task.ConfigureAwait(false);
    }

    private void Post(Job job)
    {
        _jobs.Enqueue(job);
        if (_stopped)
        {
            Abandon();
            return;
        }
        _wake.Release();
    }

    private void Run(Func<ShardLayers> load, int threads)
    {
        ShardLoop? loop = null;
        try
        {
            long started = Stopwatch.GetTimestamp();
            loop = new(load(), Rows, threads);
            ShardLog.Loaded(_logger, Shard, Model, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            _loaded.TrySetResult();
            Serve(loop);
        }
        catch (Exception error)
        {
            ShardLog.Failed(_logger, Shard, Model, error);
            _loaded.TrySetException(error);
        }
        finally
        {
            _stopped = true;
            loop?.Dispose();
            Abandon();
            _ended.TrySetResult();
        }
    }

    private void Serve(ShardLoop loop)
    {
        while (!_stopped)
        {
            _wake.Wait();
            if (!_stopped && _jobs.TryDequeue(out Job? job))
            {
                long started = Stopwatch.GetTimestamp();
                job.Run(loop);
                Interlocked.Add(ref _busy, Stopwatch.GetElapsedTime(started).Ticks);
                job.Complete();
            }
        }
    }

    private void Abandon()
    {
        while (_jobs.TryDequeue(out Job? job))
        {
            job.Complete();
        }
    }

    /// <summary>What the thread is asked for.</summary>
    private abstract class Job
    {
        public abstract void Run(ShardLoop loop);

        public abstract void Complete();
    }

    private sealed class OpenJob(Guid session) : Job
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Done => _done.Task;

        public override void Run(ShardLoop loop) => loop.Open(session);

        public override void Complete() => _done.TrySetResult();
    }

    private sealed class StepJob(ShardStep step) : Job
    {
        private readonly TaskCompletionSource<float[]?> _output = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private float[]? _result;

        public Task<float[]?> Output => _output.Task;

        public override void Run(ShardLoop loop)
        {
            try
            {
                _result = loop.Step(step);
            }
            catch (Exception error)
            {
                _output.TrySetException(error);
            }
        }

        public override void Complete() => _output.TrySetResult(_result);
    }
}
