namespace Parti.Training.Runs;

/// <summary>How long and how fast to train.</summary>
public sealed record TrainingOptions
{
    /// <summary>Run folder: metrics, checkpoint, weights, curves, samples.</summary>
    public required string Folder { get; init; }

    /// <summary>Steps in all, at least 1; rates count steps, never the clock.</summary>
    public required long Steps { get; init; }

    /// <summary>Learning rates.</summary>
    public required LearningRates Rates { get; init; }

    /// <summary>Optimiser.</summary>
    public OptimiserOptions Optimiser { get; init; } = new();

    /// <summary>Batches whose gradients one step averages, at least 1: the batch in parts where it does not fit the memory.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>
    /// Decay of a moving average of the weights, 0 to below 1, which is then what is written as the result; 0 for none (Parti §3 has none).
    /// </summary>
    public double Average { get; init; }

    /// <summary>Continue from the folder's checkpoint if it has one.</summary>
    public bool Resume { get; init; }

    /// <summary>Stop, with a checkpoint, after this long; null for no limit.</summary>
    public TimeSpan? MaxTime { get; init; }

    /// <summary>Between checkpoints.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Steps between two rows of the metrics, at least 1.</summary>
    public int ReportEvery { get; init; } = 50;

    /// <summary>Steps between two sample pictures; 0 for none.</summary>
    public long SamplesEvery { get; init; }

    /// <summary>Refuses settings out of range.</summary>
    /// <exception cref="TrainingException">A setting is out of range.</exception>
    public void Validate()
    {
        Settings.Range("steps", Steps, 1, 1e12);
        Settings.Range("accumulate", Accumulate, 1, 65_536);
        Settings.Range("average", Average, 0, 0.999_999);
        Settings.Range("report_every", ReportEvery, 1, 1e6);
        Settings.Range("samples_every", SamplesEvery, 0, 1e12);
        Rates.Validate();
        Optimiser.Validate();
    }
}
