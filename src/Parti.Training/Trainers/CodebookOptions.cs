using Parti.Training.Runs;

namespace Parti.Training.Trainers;

/// <summary>How a codebook starts and follows its latents.</summary>
public sealed record CodebookOptions
{
    /// <summary>Steps without quantisation before the codebook starts from latents: 0 to 1,000,000,000.</summary>
    public long FreeSteps { get; init; } = 200;

    /// <summary>What a step leaves of the moving averages: 0 to 0.9999.</summary>
    public double Decay { get; init; } = 0.97;

    /// <summary>Steps between looks for dead codes: 1 to 1,000,000.</summary>
    public int RestartEvery { get; init; } = 10;

    /// <summary>Most codes put elsewhere at a look, and no more than the step has latents: 0 to 262,144; 0 never restarts a code.</summary>
    public int MostRestarts { get; init; } = 64;

    /// <summary>Moving average of latents a step below which a code is dead: 0 to 1.</summary>
    public double DeadBelow { get; init; } = 0.008;

    /// <summary>Checks every setting.</summary>
    /// <exception cref="TrainingException">One is outside its range.</exception>
    public void Validate()
    {
        Settings.Range("codebook.free_steps", FreeSteps, 0, 1e9);
        Settings.Range("codebook.decay", Decay, 0, 0.9999);
        Settings.Range("codebook.restart_every", RestartEvery, 1, 1_000_000);
        Settings.Range("codebook.most_restarts", MostRestarts, 0, 262_144);
        Settings.Range("codebook.dead_below", DeadBelow, 0, 1);
    }
}
