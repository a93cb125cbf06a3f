using System.Globalization;
using System.Text.Json.Serialization;

namespace Parti.Abstractions;

/// <summary>One line of a job listing.</summary>
[GenerateSerializer, Immutable, Alias("parti.job-summary")]
public sealed record JobSummary
{
    /// <summary>Job id.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Owner.</summary>
    [Id(1)] public required string Tenant { get; init; }

    /// <summary>State; that of an unfinished job may lag a moment behind.</summary>
    [Id(2)] public required JobState State { get; init; }

    /// <summary>Model name.</summary>
    [Id(3)] public required string Model { get; init; }

    /// <summary>Prompt, at most 200 characters of it.</summary>
    [Id(4)] public required string Prompt { get; init; }

    /// <summary>Number of images.</summary>
    [Id(5)] public required int N { get; init; }

    /// <summary>When the job was accepted, UTC.</summary>
    [Id(6)] public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it became terminal, UTC.</summary>
    [Id(7)] public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Whether a job that has ended still has to tell someone of it; in JSON only where it does.</summary>
    [Id(20), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool OwesWebhook { get; init; }

    /// <summary>Whether the sweep has to look at it.</summary>
    [JsonIgnore]
    public bool IsOpen => !State.IsTerminal() || OwesWebhook;
}

/// <summary>Which jobs to list.</summary>
[GenerateSerializer, Immutable, Alias("parti.job-query")]
public sealed record JobQuery
{
    /// <summary>Only this tenant's jobs; null for the caller's own tenant.</summary>
    [Id(0)] public string? Tenant { get; init; }

    /// <summary>Only jobs in this state.</summary>
    [Id(1)] public JobState? State { get; init; }

    /// <summary>Only jobs of this model.</summary>
    [Id(2)] public string? Model { get; init; }

    /// <summary>Most entries of one page, 1 to 1000.</summary>
    [Id(3)] public int Limit { get; init; } = 50;

    /// <summary>Where the last page ended (<see cref="JobPage.NextCursor"/>); null for the first page.</summary>
    [Id(4)] public string? Cursor { get; init; }
}

/// <summary>A page of jobs, newest first.</summary>
/// <param name="Jobs">The entries.</param>
/// <param name="NextCursor">Where the next page begins; null after the last. Stays valid when jobs are added or deleted.</param>
[GenerateSerializer, Immutable, Alias("parti.job-page")]
public sealed record JobPage([property: Id(0)] IReadOnlyList<JobSummary> Jobs, [property: Id(1)] string? NextCursor);

/// <summary>A place in the listing: newest first, then by tenant and id.</summary>
/// <param name="CreatedAt">Age of the job.</param>
/// <param name="Job">Which job.</param>
public readonly record struct JobCursor(DateTimeOffset CreatedAt, JobKey Job)
{
    /// <summary>The place of a job.</summary>
    public static JobCursor Of(JobSummary job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return new(job.CreatedAt, new(job.Tenant, job.Id));
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string? text, out JobCursor cursor)
    {
        cursor = default;
        string[] parts = (text ?? string.Empty).Split('_');
        if (parts is not [string ticks, string tenant, string id] || !JobKey.IsValidPart(tenant) || !JobKey.IsValidPart(id)
            || !long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out long value) || value > DateTimeOffset.MaxValue.Ticks)
        {
            return false;
        }

        cursor = new(new(value, TimeSpan.Zero), new(tenant, id));
        return true;
    }

    /// <summary>Order of the listing.</summary>
    public static IComparer<JobCursor> Order { get; } = Comparer<JobCursor>.Create((a, b) => a.CompareTo(b));

    /// <summary>Below 0 when this place comes before the other one.</summary>
    public int CompareTo(JobCursor other)
    {
        int byAge = other.CreatedAt.CompareTo(CreatedAt);
        int byTenant = byAge != 0 ? byAge : string.CompareOrdinal(Job.Tenant, other.Job.Tenant);
        return byTenant != 0 ? byTenant : string.CompareOrdinal(other.Job.Id, Job.Id);
    }

    /// <summary>An opaque text for callers.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{CreatedAt.UtcTicks}_{Job.Tenant}_{Job.Id}");
}

/// <summary>
/// A durable list of jobs, and the sweep that finds those whose worker is gone. Key: partition number;
/// a job belongs to the partition given by a stable hash of its key.
/// </summary>
[Alias("parti.IJobCatalogGrain")]
public interface IJobCatalogGrain : IGrainWithIntegerKey
{
    /// <summary>Lists an unfinished job; durable when this returns.</summary>
    [Alias("Add")]
    Task AddAsync(JobSummary job);

    /// <summary>Notes a changed state. A terminal one takes the job out of the sweep.</summary>
    [Alias("Update")]
    Task UpdateAsync(JobSummary job);

    /// <summary>Takes a job off the list.</summary>
    [Alias("Remove")]
    Task RemoveAsync(JobKey job);

    /// <summary>A page of this partition's jobs.</summary>
    [Alias("List")]
    Task<JobPage> ListAsync(JobQuery query);

    /// <summary>The same over all partitions; any of them may be asked.</summary>
    [Alias("ListAll")]
    Task<JobPage> ListAllAsync(JobQuery query);

    /// <summary>Pokes every unfinished job that no queue looks after, so that it queues again what it needs.</summary>
    /// <returns>How many jobs were poked.</returns>
    [Alias("Sweep"), ResponseTimeout("00:05:00")]
    Task<int> SweepAsync();

    /// <summary>Begins a sweep that sees what happened before this call, and answers at once.</summary>
    [Alias("SweepSoon")]
    Task SweepSoonAsync();
}
