using Microsoft.Extensions.Logging;
using Parti.Inference.Execution;
using Parti.Inference.Families;
using Parti.Inference.Scheduling;
using Parti.Models.Checkpoints;
using Parti.Models.Text;
using TorchSharp;

namespace Parti.Inference.Engine;

/// <summary>
/// The engine of one device: one thread that runs <see cref="EngineLoop.Turn"/> while there is work and sleeps otherwise.
/// A failing request never ends the engine.
/// </summary>
public sealed class DeviceEngine : IInferenceEngine
{
    readonly IModelSource _source;
    readonly ILogger _logger;
    readonly EngineLoop _loop;
    readonly SemaphoreSlim _wake = new(0);
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    volatile EngineRequestException? _closed;

    /// <summary>Starts the engine's thread.</summary>
    /// <param name="device">Name of the device, for example <c>cpu</c>.</param>
    /// <param name="slots">Images that can be sampled at the same time, at least 1.</param>
    /// <param name="preload">Whether to load all models at once rather than each with its first request.</param>
    /// <param name="source">The models.</param>
    /// <param name="logger">Where to log.</param>
    public DeviceEngine(string device, int slots, bool preload, IModelSource source, ILogger logger)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        (Device, Slots, _source, _logger) = (device, slots, source, logger);
        _loop = new EngineLoop(slots, source, logger);
        new Thread(() => Run(preload)) { Name = $"parti-engine-{device}", IsBackground = true }.Start();
    }

    /// <inheritdoc />
    public string Device { get; }

    /// <inheritdoc />
    public int Slots { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, ModelDescription> Models => _source.Models;

    /// <summary>Starts an engine on the models of all known families in some directories.</summary>
    /// <inheritdoc cref="Open(EngineOptions, Func{ModelDirectory, torch.Device, ModelShare, IModelNetworks}, ILogger)" path="/param|/exception"/>
    public static DeviceEngine Open(EngineOptions options, ILogger logger) =>
        Open(options, (directory, device, share) => FamilyLoaders.Of(directory.Manifest).LoadNetworks(directory, device, share), logger);

    /// <summary>Starts an engine on the models of some directories.</summary>
    /// <param name="options">Device, slots, threads, model directories.</param>
    /// <param name="load">Makes a share of a model's networks on a device.</param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="EngineRequestException"><c>model_unavailable</c>: there is no usable model.</exception>
    public static DeviceEngine Open(EngineOptions options, Func<ModelDirectory, torch.Device, ModelShare, IModelNetworks> load, ILogger logger)
    {
        options.Validate();
        ModelDirectorySource source = new(options, load, logger);
        return new DeviceEngine(options.Device, source.Slots, options.Preload, source, logger);
    }

    /// <inheritdoc />
    public Task<TextConditioning> EncodeAsync(EncodeRequest request, CancellationToken cancellationToken = default) =>
        RunStage("encode", request.Model, runner => runner.Encode(request), cancellationToken);

    /// <inheritdoc />
    public Task<Picture> DetokenizeAsync(string model, IReadOnlyList<int> tokens, CancellationToken cancellationToken = default) =>
        RunStage("detokenize", model, runner => runner.Detokenize(tokens), cancellationToken);

    /// <inheritdoc />
    public Task<Picture> UpscaleAsync(string model, Picture picture, int size, CancellationToken cancellationToken = default) =>
        RunStage("upscale", model, runner => runner.Upscale(picture, size), cancellationToken);

    /// <inheritdoc />
    public Task<int[]> EncodePictureAsync(string model, Picture picture, CancellationToken cancellationToken = default) =>
        RunStage("encode_picture", model, runner => runner.EncodePicture(picture), cancellationToken);

    /// <inheritdoc />
    public bool CanSample(string model) => _source.CanSample(model);

    /// <inheritdoc />
    public async Task<int[]> SampleAsync(
        SampleRequest request, Action<SampleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Sequence sequence = Sequences.Of(request, Describe(request.Conditioning.Model));
        return sequence.IsDecided ? sequence.Tokens.ToArray() : await RunAsync(new(sequence, progress, cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async Task<double> ScoreAsync(ScoreRequest request, CancellationToken cancellationToken = default)
    {
        SampleJob job = new(Sequences.Of(request, Describe(request.Conditioning.Model)), null, cancellationToken);
        await RunAsync(job).ConfigureAwait(false);
        return job.Score;
    }

    /// <inheritdoc />
    public async Task<AttentionMap> AttendAsync(AttentionRequest request, CancellationToken cancellationToken = default)
    {
        ModelDescription model = Describe(request.Model);
        IReadOnlyList<TextWord>? words = await RunStage("attend", model.Name, runner => runner.Words(request.Prompt), cancellationToken).ConfigureAwait(false);
        int side = Sequences.SideOf(model, words);
        TextConditioning text = await EncodeAsync(new(model.Name, request.Prompt, null), cancellationToken).ConfigureAwait(false);
        SampleJob job = new(Sequences.Of(new ScoreRequest(text, request.Tokens, int.MinValue), model), null, cancellationToken) { IsRecorded = true };
        await RunAsync(job).ConfigureAwait(false);
        return new(side, text.Tokens, job.Record!.Mean(), words!);
    }

    /// <summary>Ends the thread after the current step; waiting and running requests fail with <c>engine_stopped</c>.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed ??= new EngineRequestException("engine_stopped", $"The engine on {Device} was stopped. Ask another worker.");
        _wake.Release();
        await _ended.Task.ConfigureAwait(false);
    }

    Task<int[]> RunAsync(SampleJob job)
    {
        _loop.Inbox.Post(job);
        Wake();
        return job.Completion;
    }

    async Task<T> RunStage<T>(string stage, string model, Func<IModelRunner, T> run, CancellationToken cancellationToken)
    {
        Describe(model);
        StageJob<T> job = new(stage, model, run, cancellationToken);
        _loop.Inbox.Post(job);
        Wake();
        return await job.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    ModelDescription Describe(string name) => Models.TryGetValue(name, out ModelDescription? model)
        ? model
        : throw new EngineRequestException(
            "unknown_model", $"There is no model named {name}; this engine serves {string.Join(", ", Models.Keys)}.");

    // A request posted while the engine closes is failed here or by the engine's thread, whoever comes later.
    void Wake()
    {
        _wake.Release();
        if (_closed is { } closed && _ended.Task.IsCompleted)
        {
            _loop.Inbox.Abandon(closed);
        }
    }

    void Run(bool preload)
    {
        try
        {
            EngineLog.Started(_logger, Device, Slots, string.Join(", ", Models.Keys));
            if (preload)
            {
                _loop.Preload();
            }
            while (_closed is null)
            {
                TurnWhileThereIsWork();
            }
        }
        catch (Exception error)
        {
            EngineLog.LoopFailed(_logger, Device, error);
            _closed = new EngineRequestException("engine_stopped", $"The engine on {Device} failed: {error.Message}", error);
        }
        finally
        {
            Close();
        }
    }

    void TurnWhileThereIsWork()
    {
        while (_closed is null && _loop.HasWork)
        {
            _loop.Turn();
        }
        if (_closed is null)
        {
            _wake.Wait();
        }
    }

    void Close()
    {
        EngineRequestException reason = _closed!;
        _loop.Abandon(reason);
        _loop.Dispose();
        EngineLog.Stopped(_logger, Device);
        _ended.TrySetResult();
        _loop.Inbox.Abandon(reason);
    }
}
