using System.Runtime.CompilerServices;
using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>
/// One job in memory: the record, what callers see of it, and its events. Every change is one synchronous step of
/// <see cref="JobStateMachine"/>. Not thread-safe; lives on its grain's scheduler.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class JobLedger(TimeProvider time)
{
    // Changes that wait for the disk are counted: each write that ends covers all that were decided before it.
    private long _withheld;
    private long _released;

    /// <summary>The record as decided, or null where there is no job.</summary>
    internal JobRecord? Current { get; private set; }

    /// <summary>What callers see: follows <see cref="Current"/> once what they must not lose is written.</summary>
    internal JobRecord? Visible { get; private set; }

    /// <summary>The numbered events.</summary>
    internal JobEventLog Log { get; } = new();

    /// <summary>Whether this activation goes: watchers and workers turn to the next one.</summary>
    internal bool Closing { get; private set; }

    /// <summary>Whether an earlier activation had the job.</summary>
    internal bool WasRestored { get; private set; }

    internal DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Takes up what an earlier activation stored.</summary>
    internal void Restore(JobGrainState stored)
    {
        if (stored.Record is not { } record)
        {
            return;
        }

        WasRestored = true;
        Current = JobStateMachine.Restore(record);
        Log.Restore(stored.Events, stored.SeqReserved);
        if (!Current.State.IsTerminal())
        {
            AddRestored(Current);
        }
        else if (!Log.HasEnded)
        {
            AddEnd(Current);
        }

        Visible = Current;
    }

    /// <summary>What is to be stored.</summary>
    internal JobGrainState ToState() => new() { Record = Current, Events = Log.ToStore(), SeqReserved = Log.Reservation };

    /// <summary>Event numbers up to one are stored as used; what waited for one of them is shown.</summary>
    internal void Reserve(long upTo)
    {
        Log.Reserve(upTo);
        Show();
    }

    /// <summary>Decides a command and notes its events; callers do not see them before they are shown.</summary>
    internal Transition Decide(JobCommand command)
    {
        Transition transition = JobStateMachine.Apply(Current, command, Now);
        Current = transition.Job;
        foreach (JobEffect.Emit emit in transition.Effects.OfType<JobEffect.Emit>())
        {
            Log.Add(emit.Type, Now, JobProjection.ToChanges(Current!, emit.Type, emit.Image, Now));
        }

        return transition;
    }

    /// <summary>Lets callers see everything decided so far, unless some of it still waits for the disk.</summary>
    internal void Show()
    {
        if (_released == _withheld)
        {
            Visible = Current;
            Log.Publish();
        }
    }

    /// <summary>Lets callers see the change decided last, and what comes after it, only once it has been written.</summary>
    internal async Task ShowAfterAsync(Task written)
    {
        long mine = ++_withheld;
        try
        {
            await written;
        }
        finally
        {
            _released = Math.Max(_released, mine);
        }

        Show();
    }

    /// <summary>From now on callers find no job, and a later one of the same id begins without its events.</summary>
    internal void Hide()
    {
        Visible = null;
        Log.Clear();
    }

    /// <summary>Takes back a job that could not be accepted, with the events nobody has seen.</summary>
    internal void Withdraw()
    {
        Current = null;
        Visible = null;
        Log.Discard();
    }

    /// <summary>Sends watchers to the next activation.</summary>
    internal void Close()
    {
        Closing = true;
        Log.Wake();
    }

    /// <summary>Published events after a number, until the job ends or this activation goes.</summary>
    internal async IAsyncEnumerable<JobEvent> WatchAsync(long afterSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long seen = afterSeq;
        while (Visible is not null)
        {
            (IReadOnlyList<JobEvent> events, Task more) = Log.After(seen);
            foreach (JobEvent next in events)
            {
                yield return next;
                seen = next.Seq;
            }

            // A closing activation ends the stream early; the watcher comes back to the next one.
            if (Closing || (Log.HasEnded && Log.LastSeq <= seen))
            {
                yield break;
            }

            if (events.Count == 0)
            {
                await more.WaitAsync(cancellationToken);
            }
        }
    }

    private void AddRestored(JobRecord job)
    {
        // Whoever watched before the restart may have missed anything that was not written: tell all of it.
        JobChanges all = JobProjection.ToChanges(job, JobEventType.Succeeded, null, Now) with { Stage = JobProjection.StageOf(job), StartedAt = job.StartedAt };
        Log.Add(JobEventType.Progress, Now, all);
        Log.Publish();
    }

    private void AddEnd(JobRecord job)
    {
        JobEventType type = job.State switch
        {
            JobState.Succeeded => JobEventType.Succeeded,
            JobState.Failed => JobEventType.Failed,
            _ => JobEventType.Canceled,
        };
        Log.Add(type, Now, JobProjection.ToChanges(job, type, null, Now));
        Log.Publish();
    }
}
