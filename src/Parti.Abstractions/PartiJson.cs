using System.Text.Json.Serialization;

namespace Parti.Abstractions;

/// <summary>
/// The one way the project's objects become JSON: snake_case, RFC 3339 times in UTC, null written where a field has no value.
/// The command line and the HTTP interface print through it, so both show the same object.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GenerationRequest))]
[JsonSerializable(typeof(JobSnapshot))]
[JsonSerializable(typeof(JobSummary))]
[JsonSerializable(typeof(JobPage))]
[JsonSerializable(typeof(WorkerSnapshot))]
[JsonSerializable(typeof(IReadOnlyList<WorkerSnapshot>))]
[JsonSerializable(typeof(PoolSnapshot))]
[JsonSerializable(typeof(IReadOnlyList<PoolSnapshot>))]
[JsonSerializable(typeof(WorkerList))]
[JsonSerializable(typeof(PoolList))]
[JsonSerializable(typeof(IReadOnlyList<RequestProblem>))]
public sealed partial class PartiJson : JsonSerializerContext;

/// <summary>The workers there are.</summary>
/// <param name="Workers">By id.</param>
public sealed record WorkerList(IReadOnlyList<WorkerSnapshot> Workers);

/// <summary>The pools there are.</summary>
/// <param name="Pools">By model and stage.</param>
public sealed record PoolList(IReadOnlyList<PoolSnapshot> Pools);

/// <summary>JSON of events: only the fields that changed are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JobEvent))]
public sealed partial class PartiEventJson : JsonSerializerContext;
