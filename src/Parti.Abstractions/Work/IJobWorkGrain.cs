namespace Parti.Abstractions;

/// <summary>What the sweep learned of a job.</summary>
/// <param name="Job">The job's line in the catalog; null where there is no such job.</param>
[GenerateSerializer, Immutable, Alias("parti.poke-answer")]
public sealed record PokeAnswer([property: Id(0)] JobSummary? Job);

/// <summary>The side of a job that workers, queues and the catalog see. Same key and activation as <see cref="IJobGrain"/>.</summary>
[Alias("parti.IJobWorkGrain")]
public interface IJobWorkGrain : IGrainWithStringKey
{
    /// <summary>Asks for the input of a leased item; opens an attempt for the worker.</summary>
    [Alias("Start")]
    Task<WorkStartAnswer> StartAsync(WorkStart start);

    /// <summary>Reports what happened under a lease.</summary>
    /// <returns>Whether the worker should go on; <see cref="WorkOutcome.NotReady"/> asks for the tokens again from position 0.</returns>
    [Alias("Report")]
    Task<WorkOutcome> ReportAsync(WorkReport report);

    /// <summary>Queues again whatever the job needs; harmless at any time.</summary>
    [Alias("Poke")]
    Task<PokeAnswer> PokeAsync();
}
