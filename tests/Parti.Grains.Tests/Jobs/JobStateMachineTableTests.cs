using Parti.Abstractions;
using Parti.Grains.Jobs;
using static Parti.Grains.Tests.Jobs.JobCases;

namespace Parti.Grains.Tests.Jobs;

/// <summary>Every cell of state × command.</summary>
public sealed class JobStateMachineTableTests
{
    // Each cell: decision, then the state afterwards ("-" for no job).
    private const string Table = """
        command            none             queued            running           succeeded           failed             canceled
        submit             Done:Queued      Duplicate:Queued  Duplicate:Running Duplicate:Succeeded Duplicate:Failed   Duplicate:Canceled
        submit-other       Done:Queued      Conflict:Queued   Conflict:Running  Conflict:Succeeded  Conflict:Failed    Conflict:Canceled
        start-encode       NotFound:-       Done:Running      Done:Running      Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        start-sample       NotFound:-       NotReady:Queued   Done:Running      Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        start-detokenize   NotFound:-       Stale:Queued      Done:Running      Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        start-upscale      NotFound:-       Stale:Queued      Done:Running      Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        start-stale        NotFound:-       Stale:Queued      Stale:Running     Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        encoded            NotFound:-       Stale:Queued      Done:Running      Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        encoded-stale      NotFound:-       Stale:Queued      Stale:Running     Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        tokens             NotFound:-       Stale:Queued      Done:Running      Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        tokens-gap         NotFound:-       Stale:Queued      NotReady:Running  Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        tokens-too-many    NotFound:-       Stale:Queued      Done:Failed       Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        tokens-too-few     NotFound:-       Stale:Queued      Done:Failed       Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        tokens-stale       NotFound:-       Stale:Queued      Stale:Running     Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        tokens-complete    NotFound:-       Stale:Queued      Done:Running      Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        detokenized        NotFound:-       Stale:Queued      Done:Running      Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        detokenized-stale  NotFound:-       Stale:Queued      Stale:Running     Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        stored             NotFound:-       Stale:Queued      Done:Running      Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        stored-last        NotFound:-       Stale:Queued      Done:Succeeded    Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        stored-stale       NotFound:-       Stale:Queued      Stale:Running     Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        failed             NotFound:-       Stale:Queued      Done:Failed       Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        failed-retryable   NotFound:-       Stale:Queued      Done:Running      Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        failed-third       NotFound:-       Stale:Queued      Done:Failed       Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        failed-stale       NotFound:-       Stale:Queued      Stale:Running     Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        handed-over        NotFound:-       Stale:Queued      Done:Running      Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        handed-over-stale  NotFound:-       Stale:Queued      Stale:Running     Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        lease-lost         NotFound:-       Stale:Queued      Done:Running      Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        lease-lost-third   NotFound:-       Stale:Queued      Done:Failed       Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        lease-lost-stale   NotFound:-       Stale:Queued      Stale:Running     Canceled:Succeeded  Canceled:Failed    Canceled:Canceled
        cancel             NotFound:-       Done:Canceled     Done:Canceled     Refused:Succeeded   Refused:Failed     Duplicate:Canceled
        retry              NotFound:-       Refused:Queued    Refused:Running   Refused:Succeeded   Done:Queued        Done:Queued
        delete             NotFound:-       Done:-            Done:-            Done:-              Done:-             Done:-
        """;

    public static TheoryData<string, string, string> Cells()
    {
        string[][] rows = [.. Table.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        TheoryData<string, string, string> cells = [];
        foreach (string[] row in rows[1..])
        {
            for (int column = 1; column < row.Length; column++)
            {
                cells.Add(row[0], rows[0][column], row[column]);
            }
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Apply_Cell_DecidesAsTheTableSays(string command, string state, string expected)
    {
        (JobRecord? job, JobCommand given) = Case(command, state);

        Transition transition = JobStateMachine.Apply(job, given, Now);

        string after = transition.Job is null ? "-" : transition.Job.State.ToString();
        Assert.Equal(expected, $"{transition.Decision}:{after}");
        if (transition.Decision is not (Decision.Done or Decision.NotReady))
        {
            Assert.Same(job, transition.Job);
            Assert.Empty(transition.Effects);
            Assert.Equal(Durability.None, transition.Durability);
        }

        if (transition.Decision == Decision.Done && transition.Job is not null)
        {
            Assert.True(transition.Job.Version > (job?.Version ?? 0));
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Apply_TerminalResult_HoldsNothingAndIsWrittenFirst(string command, string state, string expected)
    {
        (JobRecord? job, JobCommand given) = Case(command, state);
        Assert.NotEmpty(expected);

        Transition transition = JobStateMachine.Apply(job, given, Now);

        if (transition is { Decision: Decision.Done, Job: { } after } && after.State.IsTerminal())
        {
            Assert.Null(after.PromptHold);
            Assert.All(after.Images, image => Assert.Null(image.Hold));
            Assert.All(after.Images, image => Assert.True(image.State.IsTerminal()));
            Assert.All(after.Attempts, attempt => Assert.NotNull(attempt.EndedAt));
            Assert.Equal(Now, after.CompletedAt);
            Assert.Equal(Durability.Eager, transition.Durability);
            Assert.Equal(after.State == JobState.Failed, after.Error is not null);
            Assert.Empty(JobStateMachine.Needs(after));
        }
    }
}
