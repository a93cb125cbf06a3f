using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>Which of a job's image records callers see as its pictures: all of them, or those that were chosen among candidates.</summary>
public static class JobPictures
{
    /// <summary>The records that stand for the pictures, by the pictures' index. Before the choice the first candidates stand for them.</summary>
    public static IEnumerable<ImageRecord> Of(JobRecord job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return !job.Chooses ? job.Images
            : IsChosen(job) ? job.Images.Where(image => image.Rank is not null).OrderBy(image => image.Rank)
            : job.Images.Take(job.Parameters.N);
    }

    /// <summary>Index of the picture that a record stands for; null for a candidate that stands for none.</summary>
    public static int? IndexOf(JobRecord job, ImageRecord image)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(image);
        return !job.Chooses ? image.Index
            : IsChosen(job) ? image.Rank
            : image.Index < job.Parameters.N ? image.Index : null;
    }

    /// <summary>Every picture.</summary>
    internal static List<ImageSnapshot> ToSnapshots(JobRecord job) => [.. Of(job).Select((image, index) => ToSnapshot(job, image, index))];

    /// <summary>The picture that a record stands for; null for a candidate that stands for none.</summary>
    internal static IReadOnlyList<ImageSnapshot>? ToSnapshots(JobRecord job, int image) =>
        IndexOf(job, job.Images[image]) is int index ? [ToSnapshot(job, job.Images[image], index)] : null;

    /// <summary>Every candidate; null where nothing is chosen.</summary>
    internal static IReadOnlyList<CandidateSnapshot>? ToCandidates(JobRecord job) =>
        job.Chooses ? [.. job.Images.Select(image => ToCandidate(image))] : null;

    /// <summary>One candidate; null where nothing is chosen.</summary>
    internal static IReadOnlyList<CandidateSnapshot>? ToCandidates(JobRecord job, int image) =>
        job.Chooses ? [ToCandidate(job.Images[image])] : null;

    private static bool IsChosen(JobRecord job) => job.Images.Any(image => image.Rank is not null);

    private static CandidateSnapshot ToCandidate(ImageRecord image) => new()
    {
        Index = image.Index,
        TokensDone = image.Tokens.Count,
        Score = image.Score,
        Image = image.Rank,
    };

    private static ImageSnapshot ToSnapshot(JobRecord job, ImageRecord image, int index) => new()
    {
        Index = index,
        Seed = job.Parameters.Seed,
        State = image.State,
        TokensDone = image.Tokens.Count,
        TokensTotal = job.TokensTotal,
        Worker = image.Worker,
        Url = image.Url,
        Sha256 = image.Sha256,
        Width = image.Width,
        Height = image.Height,
        Candidate = job.Chooses ? image.Index : null,
    };
}
