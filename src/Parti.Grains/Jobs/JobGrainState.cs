using System.Text.Json.Serialization;
using Parti.Abstractions;
using Parti.Grains.Catalog;
using Parti.Grains.Queues;

namespace Parti.Grains.Jobs;

/// <summary>What is stored for a job.</summary>
public sealed class JobGrainState
{
    /// <summary>The job, or null where there is none.</summary>
    public JobRecord? Record { get; set; }

    /// <summary>The last events but for mere progress, oldest first.</summary>
    public IReadOnlyList<JobEvent> Events { get; set; } = [];

    /// <summary>Event numbers up to this one may have been used; the next activation goes on above.</summary>
    public long SeqReserved { get; set; }
}

/// <summary>JSON of everything that is stored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JobGrainState))]
[JsonSerializable(typeof(CatalogHead))]
[JsonSerializable(typeof(CatalogPage))]
[JsonSerializable(typeof(PoolState))]
public sealed partial class StateJson : JsonSerializerContext;
