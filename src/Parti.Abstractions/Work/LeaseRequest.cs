namespace Parti.Abstractions;

/// <summary>A worker asks a queue for work.</summary>
/// <param name="Worker">Worker id.</param>
/// <param name="Maximum">Most new leases, at least 1.</param>
[GenerateSerializer, Immutable, Alias("parti.lease-request")]
public sealed record LeaseRequest([property: Id(0)] string Worker, [property: Id(1)] int Maximum)
{
    /// <summary>Which start of the worker's silo asks; a later start has a higher number.</summary>
    [Id(2)] public int Generation { get; init; }

    /// <summary>Leases of this queue to end, since their work is done; ended already is no error.</summary>
    [Id(3)] public IReadOnlyList<WorkLease> Completed { get; init; } = [];

    /// <summary>What identifies the weights that the worker has under the model's name; null where it does not say.</summary>
    [Id(4)] public string? ModelHash { get; init; }
}

/// <summary>What a queue gives a worker.</summary>
/// <param name="Leases">New leases, in order; fewer than asked for when there is no more, and then the worker is woken when more arrives.</param>
[GenerateSerializer, Immutable, Alias("parti.lease-answer")]
public sealed record LeaseAnswer([property: Id(0)] IReadOnlyList<WorkLease> Leases)
{
    /// <summary>What identifies the weights that the cluster serves under the model's name, where the worker has others and gets nothing; else null.</summary>
    [Id(1)] public string? ServedHash { get; init; }
}
