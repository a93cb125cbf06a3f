using System.Text.Json.Serialization;

namespace Parti.Abstractions;

/// <summary>Where the telling of a job's end stands.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<WebhookState>))]
public enum WebhookState
{
    /// <summary>The job has not ended.</summary>
    Waiting = 0,

    /// <summary>It is being told, perhaps not for the first time.</summary>
    Pending = 1,

    /// <summary>The destination took it.</summary>
    Delivered = 2,

    /// <summary>Given up.</summary>
    Failed = 3,
}

/// <summary>What became of a job's webhook.</summary>
[GenerateSerializer, Immutable, Alias("parti.webhook-snapshot")]
public sealed record WebhookSnapshot
{
    /// <summary>Where the end is told.</summary>
    [Id(0)] public required string Url { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(1)] public required WebhookState State { get; init; }

    /// <summary>Tries so far.</summary>
    [Id(2)] public int Attempts { get; init; }

    /// <summary>HTTP status of the last try; null where there was no answer.</summary>
    [Id(3)] public int? LastStatus { get; init; }

    /// <summary>Why the last try failed, one line; null where it did not.</summary>
    [Id(4)] public string? LastError { get; init; }

    /// <summary>When it is tried next, UTC; null when it is not.</summary>
    [Id(5)] public DateTimeOffset? NextAttemptAt { get; init; }
}
