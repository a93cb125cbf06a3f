using Microsoft.Extensions.Logging;

namespace Parti.Grains.Shards;

/// <summary>What shards and their leaders say.</summary>
internal static partial class ShardLog
{
    [LoggerMessage(1, LogLevel.Warning, "Shard {Shard} could not announce itself; it tries again soon")]
    internal static partial void AnnounceFailed(ILogger logger, string shard, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "Shard {Shard} does not answer and counts as lost")]
    internal static partial void StepFailed(ILogger logger, string shard, Exception exception);

    [LoggerMessage(3, LogLevel.Information, "Leader on {Device} has all {Shards} shards of model {Model}")]
    internal static partial void Claimed(ILogger logger, string device, int shards, string model);

    [LoggerMessage(4, LogLevel.Warning, "Leader on {Device} lost shard {Shard} of model {Model}; it claims all shards anew")]
    internal static partial void Lost(ILogger logger, string device, string shard, string model);

    [LoggerMessage(5, LogLevel.Warning, "Leader on {Device} finds no free shard {Shard} of model {Model}: {Reason}; it samples nothing and asks again every {Interval}")]
    internal static partial void Missing(ILogger logger, string device, string shard, string model, string reason, TimeSpan interval);

    [LoggerMessage(6, LogLevel.Warning, "Leader on {Device} could not look for shards of model {Model}")]
    internal static partial void ClaimFailed(ILogger logger, string device, string model, Exception exception);
}
