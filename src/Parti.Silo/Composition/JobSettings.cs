using Parti.Grains;

namespace Parti.Silo.Composition;

/// <summary>Keys of jobs, queues and workers; their meaning stands on <see cref="PartiGrainsOptions"/>.</summary>
internal static class JobSettings
{
    internal static Action<PartiGrainsOptions> Read(SettingsReader reader, ClusterSettings cluster)
    {
        PartiGrainsOptions defaults = new();
        TimeSpan second = TimeSpan.FromSeconds(1);
        TimeSpan hour = TimeSpan.FromHours(1);
        int capacity = reader.Integer("Jobs:QueueCapacity", defaults.QueueCapacity, 1, 1_000_000);
        TimeSpan lease = reader.Duration("Jobs:LeaseDuration", defaults.LeaseDuration, second, hour);
        TimeSpan sweep = reader.Duration("Jobs:SweepInterval", defaults.SweepInterval, second, hour);
        TimeSpan drain = reader.Duration("Jobs:DrainBudget", defaults.DrainBudget, TimeSpan.Zero, hour);
        int partitions = reader.Integer("Jobs:CatalogPartitions", defaults.CatalogPartitions, 1, 1024);
        int queues = reader.Integer("Jobs:QueuePartitions", defaults.QueuePartitions, 1, 256);
        TimeSpan aging = reader.Duration("Jobs:AgingStep", defaults.AgingStep, second, TimeSpan.FromDays(1));
        TimeSpan retain = reader.Duration("Retention:Jobs", defaults.RetainJobs, TimeSpan.Zero, TimeSpan.FromDays(3650));
        return options =>
        {
            options.QueuePartitions = queues;
            options.AgingStep = aging;
            options.RetainJobs = retain;
            options.QueueCapacity = capacity;
            options.LeaseDuration = lease;
            options.SweepInterval = sweep;
            options.DrainBudget = drain;
            options.CatalogPartitions = partitions;

            // Where silos come and go, unfinished jobs must be found although nobody is left who knew them.
            options.UseReminders = cluster.Kind != ClusterKind.Localhost;
        };
    }
}
