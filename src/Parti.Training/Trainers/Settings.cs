using Parti.Training.Runs;

namespace Parti.Training.Trainers;

/// <summary>Checks settings of a training and names the one that is wrong.</summary>
static class Settings
{
    /// <summary>Refuses a number outside its range, or one that is none.</summary>
    /// <param name="name">Name of the setting.</param>
    /// <param name="value">Its value.</param>
    /// <param name="least">Least allowed.</param>
    /// <param name="most">Most allowed.</param>
    /// <exception cref="TrainingException">The number is outside.</exception>
    internal static void Range(string name, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
        {
            throw new TrainingException($"{name} is {value:R}; it must be {least:R} to {most:R}.");
        }
    }

    /// <summary>Refuses settings that do not fit together.</summary>
    /// <param name="holds">Whether they do.</param>
    /// <param name="message">One line with the way out.</param>
    /// <exception cref="TrainingException">They do not.</exception>
    internal static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new TrainingException(message);
        }
    }
}
