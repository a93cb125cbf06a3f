using Microsoft.Extensions.Logging;

namespace Parti.Inference.Engine;

static partial class EngineLog
{
    [LoggerMessage(1, LogLevel.Information, "Engine on {Device} started with {Slots} slots; models: {Models}")]
    public static partial void Started(ILogger logger, string device, int slots, string models);

    [LoggerMessage(2, LogLevel.Information, "Engine on {Device} stopped")]
    public static partial void Stopped(ILogger logger, string device);

    [LoggerMessage(3, LogLevel.Warning, "Stage {Stage} of model {Model} failed for one request")]
    public static partial void StageFailed(ILogger logger, string stage, string model, Exception error);

    [LoggerMessage(4, LogLevel.Error, "Model {Model} could not be loaded at start; it is tried again with the first request")]
    public static partial void PreloadFailed(ILogger logger, string model, Exception error);

    [LoggerMessage(5, LogLevel.Critical, "The loop of the engine on {Device} failed; it takes no more requests")]
    public static partial void LoopFailed(ILogger logger, string device, Exception error);

    [LoggerMessage(6, LogLevel.Information, "Model {Model} loaded in {Milliseconds} ms; rows per decode step: {RowCounts}")]
    public static partial void ModelLoaded(ILogger logger, string model, long milliseconds, string rowCounts);

    [LoggerMessage(7, LogLevel.Warning, "Model directory {Path} is ignored: {Reason}")]
    public static partial void ModelIgnored(ILogger logger, string path, string reason);
}
