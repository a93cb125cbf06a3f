using System.Text.Json.Serialization;
using Parti.Abstractions;

namespace Parti.Silo.Http;

/// <summary>The workers there are.</summary>
/// <param name="Workers">By id.</param>
internal sealed record WorkerList(IReadOnlyList<WorkerSnapshot> Workers);

/// <summary>The queues there are.</summary>
/// <param name="Pools">By model and stage.</param>
internal sealed record PoolList(IReadOnlyList<QueueSnapshot> Pools);

/// <summary>JSON of answers that only this interface gives.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WorkerList))]
[JsonSerializable(typeof(PoolList))]
internal sealed partial class HttpJson : JsonSerializerContext;
