using Parti.Abstractions;

namespace Parti.Grains;

/// <summary>Settings of jobs, queues and workers. Defaults suit one machine and small clusters alike.</summary>
public sealed class PartiGrainsOptions
{
    /// <summary>The name of the grain storage that holds jobs and the catalog.</summary>
    public const string StorageName = "jobs";

    /// <summary>Images that may wait at a model's sample stage, all partitions together. Default 4096; more are answered "busy".</summary>
    public int QueueCapacity { get; set; } = 4096;

    /// <summary>Partitions of every stage's queue; a job belongs to one. Default 1. Must be the same on all silos; more than one only where one queue grain is a bottleneck, for each keeps order and fairness for itself.</summary>
    public int QueuePartitions { get; set; } = 1;

    /// <summary>Age after which a job counts as one priority higher. Default 2 min; so nothing waits for ever behind what is more urgent.</summary>
    public TimeSpan AgingStep { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a lease lives without renewal. Default 10 s; shorter finds a lost worker sooner, longer bears longer pauses.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a worker asks again without being woken. Default 1 s; a safety net only.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often unfinished jobs are looked at. Default 30 s.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Partitions of the catalog. Default 1; must not change while jobs are stored.</summary>
    public int CatalogPartitions { get; set; } = 1;

    /// <summary>How long jobs and their pictures are kept after their end. Default 0: for ever.</summary>
    public TimeSpan RetainJobs { get; set; }

    /// <summary>Least new tokens between two reports of one image. Default 32.</summary>
    public int CheckpointTokens { get; set; } = 32;

    /// <summary>Least time between two reports of one image. Default 250 ms; the later of both counts.</summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>New tokens that make a report due however little time has passed. Default 48: while it is on its way some more are sampled, and a lost worker costs an image at most 64.</summary>
    public int CheckpointTokensAtMost { get; set; } = 48;

    /// <summary>Items of encode, detokenize, upscale and rerank that a device takes at once, each stage for itself. Default 4.</summary>
    public int SmallBatch { get; set; } = 4;

    /// <summary>Stages that this silo's workers serve. Default all.</summary>
    public IReadOnlyList<Stage> Stages { get; set; } = [Stage.Encode, Stage.Sample, Stage.Detokenize, Stage.Upscale, Stage.Rerank];

    /// <summary>How long images may go on when the silo stops; what is not finished then is handed over. Default 10 s.</summary>
    public TimeSpan DrainBudget { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether each catalog partition keeps a reminder, so that unfinished jobs are found even when no silo that knew them lives. Needs a reminder service. Default false.</summary>
    public bool UseReminders { get; set; }
}
