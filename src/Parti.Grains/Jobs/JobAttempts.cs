using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>The attempts of a job: one per worker that took it up, open until it is lost, handed over or the job ends.</summary>
internal static class JobAttempts
{
    /// <summary>Gives an item to a worker, as part of its open attempt or a new one.</summary>
    internal static JobRecord Hold(JobRecord job, Stage stage, int image, string worker, long epoch, DateTimeOffset now)
    {
        AttemptSnapshot? open = job.Attempts.LastOrDefault(attempt => attempt.Worker == worker && attempt.EndedAt is null);
        AttemptSnapshot attempt = open ?? new(job.Attempts.Length + 1, worker, now, null, null);
        JobRecord held = job.WithHold(image, new(stage, worker, epoch, attempt.Number), epoch);
        return open is null ? held with { Attempts = held.Attempts.Add(attempt) } : held;
    }

    /// <summary>Ends an attempt, unless it has ended already.</summary>
    internal static JobRecord Close(JobRecord job, int number, string reason, bool lost, DateTimeOffset now)
    {
        // Several items of one attempt may be lost one after the other; it counts once.
        AttemptSnapshot? open = job.Attempts.FirstOrDefault(attempt => attempt.Number == number && attempt.EndedAt is null);
        return open is null ? job : job with
        {
            Attempts = job.Attempts.Replace(open, open with { EndedAt = now, Reason = reason }),
            LostInARow = lost ? job.LostInARow + 1 : job.LostInARow,
        };
    }
}
