using Parti.Training.Runs;

namespace Parti.Training.Perception;

/// <summary>Sizes of a <see cref="FeatureNetwork"/>.</summary>
public sealed record FeatureNetworkSizes
{
    /// <summary>Channels of the first level: 4 to 1,024; they double from level to level.</summary>
    public int Channels { get; init; } = 32;

    /// <summary>Levels, each of half the resolution of the one before: 2 to 6.</summary>
    public int Levels { get; init; } = 4;

    /// <summary>V, text pieces told apart: 1 to 1,048,576.</summary>
    public required int Pieces { get; init; }

    /// <summary>Checks every size.</summary>
    /// <exception cref="TrainingException">One is outside its range.</exception>
    public void Validate()
    {
        Settings.Range("features.channels", Channels, 4, 1024);
        Settings.Range("features.levels", Levels, 2, 6);
        Settings.Range("features.pieces", Pieces, 1, 1_048_576);
    }
}
