using Microsoft.Extensions.Logging;

namespace Parti.Inference.Sharding;

static partial class ShardLog
{
    [LoggerMessage(1, LogLevel.Information, "Shard {Shard} of model {Model} loaded in {Milliseconds} ms")]
    public static partial void Loaded(ILogger logger, LayerShard shard, string model, long milliseconds);

    [LoggerMessage(2, LogLevel.Critical, "Shard {Shard} of model {Model} failed; it takes no more steps")]
    public static partial void Failed(ILogger logger, LayerShard shard, string model, Exception error);
}
