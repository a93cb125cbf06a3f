using Microsoft.Extensions.Configuration;
using Parti.Grains;

namespace Parti.Silo.Composition;

/// <summary>Everything a silo is configured by, checked. docs/configuration.md has the keys.</summary>
public sealed record SiloSettings
{
    /// <summary>Sections below <c>Parti</c> that other parts of the program read.</summary>
    private static readonly string[] ForeignSections = ["Http", "Telemetry", "Webhooks"];

    /// <summary>What the silo does.</summary>
    public SiloRoles Roles { get; init; } = SiloRoles.All;

    /// <summary>Folders of model directories; empty for <see cref="ModelFolders.Search"/>'s own.</summary>
    public IReadOnlyList<string> ModelPaths { get; init; } = [];

    /// <summary>Devices and what they work on.</summary>
    public WorkerSettings Worker { get; init; } = new();

    /// <summary>How silos find one another.</summary>
    public ClusterSettings Cluster { get; init; } = new();

    /// <summary>Where jobs and the catalog are kept.</summary>
    public StateSettings State { get; init; } = new();

    /// <summary>Where pictures are kept.</summary>
    public StorageSettings Storage { get; init; } = new();

    /// <summary>Jobs, queues and workers.</summary>
    public Action<PartiGrainsOptions> Jobs { get; init; } = _ => { };

    /// <summary>Reads and checks the configuration.</summary>
    /// <param name="configuration">All of it; the keys are below <c>Parti</c>.</param>
    /// <exception cref="SiloStartException">A value is wrong: one line that names all that are.</exception>
    public static SiloSettings Read(IConfiguration configuration)
    {
        SettingsReader reader = new(configuration);
        SiloRoles[] roles = [SiloRoles.Gateway, SiloRoles.Control, SiloRoles.Worker];
        ClusterSettings cluster = ClusterSettings.Read(reader);
        SiloSettings settings = new()
        {
            Roles = reader.Choices("Roles", roles)?.Aggregate(SiloRoles.None, (all, one) => all | one) ?? SiloRoles.All,
            ModelPaths = reader.List("Models:Path") ?? [],
            Worker = WorkerSettings.Read(reader),
            Cluster = cluster,
            State = StateSettings.Read(reader, cluster),
            Storage = StorageSettings.Read(reader),
            Jobs = JobSettings.Read(reader, cluster),
        };
        reader.RefuseUnknown(ForeignSections);
        return reader.Problems.Count == 0 ? settings : throw new SiloStartException(string.Join(" ", reader.Problems));
    }

    /// <summary>The same settings, but for what a program says itself.</summary>
    internal SiloSettings With(EmbeddedSiloOptions options) => this with
    {
        Roles = options.HasDevice ? Roles : Roles & ~SiloRoles.Worker,
        ModelPaths = options.ModelPaths.Count > 0 ? options.ModelPaths : ModelPaths,
        State = options.StateFolder is { } folder ? State with { Folder = folder } : State,
        Jobs = jobs =>
        {
            Jobs(jobs);
            jobs.DrainBudget = options.DrainBudget ?? jobs.DrainBudget;
        },
    };
}
