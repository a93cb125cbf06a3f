using Microsoft.Extensions.Options;

namespace Parti.Grains;

/// <summary>Checks the settings at start; each message names the setting, its value and what is allowed.</summary>
internal sealed class PartiGrainsOptionsValidator : IValidateOptions<PartiGrainsOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PartiGrainsOptions options)
    {
        List<string> problems = [];
        Check(nameof(options.QueueCapacity), options.QueueCapacity, 1, 1_000_000);
        Check(nameof(options.QueuePartitions), options.QueuePartitions, 1, 256);
        Check(nameof(options.AgingStep), options.AgingStep, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Check(nameof(options.LeaseDuration), options.LeaseDuration, TimeSpan.FromSeconds(0.1), TimeSpan.FromHours(1));
        Check(nameof(options.PollInterval), options.PollInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        Check(nameof(options.SweepInterval), options.SweepInterval, TimeSpan.FromSeconds(0.1), TimeSpan.FromHours(1));
        Check(nameof(options.CatalogPartitions), options.CatalogPartitions, 1, 1024);
        Check(nameof(options.RetainJobs), options.RetainJobs, TimeSpan.Zero, TimeSpan.FromDays(3650));
        Check(nameof(options.CheckpointTokens), options.CheckpointTokens, 1, 65536);
        Check(nameof(options.CheckpointTokensAtMost), options.CheckpointTokensAtMost, 1, 65536);
        Check(nameof(options.CheckpointInterval), options.CheckpointInterval, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Check(nameof(options.SmallBatch), options.SmallBatch, 1, 64);
        Check(nameof(options.DrainBudget), options.DrainBudget, TimeSpan.Zero, TimeSpan.FromHours(1));
        Check($"{nameof(options.Stages)}.Count", options.Stages.Count, 1, 16);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check<T>(string key, T value, T minimum, T maximum)
            where T : IComparable<T>
        {
            if (value.CompareTo(minimum) < 0 || value.CompareTo(maximum) > 0)
            {
                problems.Add($"{nameof(PartiGrainsOptions)}.{key} is {value}, allowed is {minimum} to {maximum}.");
            }
        }
    }
}
