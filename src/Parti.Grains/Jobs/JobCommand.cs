using System.Collections.Immutable;
using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>Something that wants to change a job.</summary>
public abstract record JobCommand
{
    private JobCommand()
    {
    }

    /// <summary>The owner wants the job.</summary>
    /// <param name="Job">A record in its first state.</param>
    public sealed record Submit(JobRecord Job) : JobCommand;

    /// <summary>A worker wants to begin an item.</summary>
    /// <param name="Work">Which one, under which lease.</param>
    public sealed record Start(WorkStart Work) : JobCommand;

    /// <summary>A worker or a queue reports.</summary>
    /// <param name="Work">What happened, under which lease.</param>
    public sealed record Report(WorkReport Work) : JobCommand;

    /// <summary>The owner wants it stopped.</summary>
    public sealed record Cancel : JobCommand;

    /// <summary>The owner wants another try.</summary>
    public sealed record Retry : JobCommand;

    /// <summary>The owner wants it gone.</summary>
    public sealed record Delete : JobCommand;

    /// <summary>The end was told, or not.</summary>
    /// <param name="MessageId">Of which telling.</param>
    /// <param name="Attempt">Which try, from 1; another one's report is stale.</param>
    /// <param name="Status">HTTP status; null where there was no answer.</param>
    /// <param name="Error">Why it failed, one line; null where it did not.</param>
    /// <param name="NextAt">When to try again; null for never.</param>
    public sealed record WebhookTried(string MessageId, int Attempt, int? Status, string? Error, DateTimeOffset? NextAt) : JobCommand;
}

/// <summary>What the state machine decided.</summary>
public enum Decision
{
    /// <summary>The command took effect.</summary>
    Done = 0,

    /// <summary>It had taken effect before; nothing changed.</summary>
    Duplicate = 1,

    /// <summary>The id is taken by another body.</summary>
    Conflict = 2,

    /// <summary>A later lease has the item, or it is done.</summary>
    Stale = 3,

    /// <summary>The job has ended; the worker should stop.</summary>
    Canceled = 4,

    /// <summary>The item's input has to be made again, or tokens are missing before the reported ones.</summary>
    NotReady = 5,

    /// <summary>The job's state does not allow it.</summary>
    Refused = 6,

    /// <summary>There is no such job.</summary>
    NotFound = 7,
}

/// <summary>How soon a change must be on disk.</summary>
public enum Durability
{
    /// <summary>Nothing to write.</summary>
    None = 0,

    /// <summary>Within a moment; losing it costs work, never correctness.</summary>
    Lazy = 1,

    /// <summary>Before anyone is told.</summary>
    Eager = 2,

    /// <summary>At once, though nobody waits for it, unless something was written just before: it is work of a while.</summary>
    Soon = 3,
}

/// <summary>Something the grain must do after a change.</summary>
public abstract record JobEffect
{
    private JobEffect()
    {
    }

    /// <summary>Queue items at a stage.</summary>
    /// <param name="Stage">Which queue.</param>
    /// <param name="Images">Image indices, or <see cref="WorkKey.Prompt"/>.</param>
    public sealed record Enqueue(Stage Stage, ImmutableArray<int> Images) : JobEffect;

    /// <summary>Stop a worker's item.</summary>
    /// <param name="Hold">The lease.</param>
    /// <param name="Image">Image index, or <see cref="WorkKey.Prompt"/>.</param>
    public sealed record Abort(WorkHold Hold, int Image) : JobEffect;

    /// <summary>Add an event to the log.</summary>
    /// <param name="Type">Kind.</param>
    /// <param name="Image">The image it is about, or null.</param>
    public sealed record Emit(JobEventType Type, int? Image = null) : JobEffect;

    /// <summary>Take the job out of every stage queue.</summary>
    public sealed record LeaveQueues : JobEffect;

    /// <summary>Bring the catalog's line up to date.</summary>
    public sealed record UpdateCatalog : JobEffect;

    /// <summary>Write the job's description beside its pictures.</summary>
    public sealed record StoreDescription : JobEffect;

    /// <summary>Drop text states and pictures from memory.</summary>
    public sealed record DropWorkspace : JobEffect;

    /// <summary>Remove the stored pictures.</summary>
    public sealed record DeleteResults : JobEffect;
}

/// <summary>A decision with the record and the effects that follow from it.</summary>
/// <param name="Job">The record afterwards; null when there is no job.</param>
/// <param name="Decision">What was decided.</param>
/// <param name="Durability">How soon the record must be written.</param>
/// <param name="Effects">In order.</param>
/// <param name="Reason">Why it was refused, one line.</param>
public sealed record Transition(
    JobRecord? Job, Decision Decision, Durability Durability, ImmutableArray<JobEffect> Effects, string? Reason = null);
