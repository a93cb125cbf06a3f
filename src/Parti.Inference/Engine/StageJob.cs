using Parti.Inference.Execution;

namespace Parti.Inference.Engine;

/// <summary>One run of a stage that is not sampling, and the caller who waits for it.</summary>
abstract class StageJob(string stage, string model)
{
    public string Stage { get; } = stage;

    public string Model { get; } = model;

    public abstract bool IsCanceled { get; }

    public abstract void Run(IModelRunner runner);

    public abstract void Cancel();

    public abstract void Fail(EngineRequestException error);
}

/// <inheritdoc />
sealed class StageJob<T>(string stage, string model, Func<IModelRunner, T> run, CancellationToken cancellationToken) : StageJob(stage, model)
{
    readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Completion => _completion.Task;

    public override bool IsCanceled => cancellationToken.IsCancellationRequested;

    public override void Run(IModelRunner runner) => _completion.TrySetResult(run(runner));

    public override void Cancel() => _completion.TrySetCanceled(cancellationToken);

    public override void Fail(EngineRequestException error) => _completion.TrySetException(error);
}
