namespace Parti.Training.Runs;

/// <summary>How far a training is.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean loss since the last report.</param>
/// <param name="Measures">Means of everything else in the metrics, by name.</param>
/// <param name="StepsPerSecond">Rate since the last report.</param>
/// <param name="Left">Time left at that rate.</param>
public sealed record TrainingProgress(
    long Step, long Steps, double Loss, IReadOnlyDictionary<string, double> Measures, double StepsPerSecond, TimeSpan Left);
