using System.Globalization;

namespace Parti.Training.Runs;

/// <summary>Checks of settings, worded alike.</summary>
static class Settings
{
    /// <summary>Refuses a number out of range.</summary>
    /// <param name="name">The setting as configuration files spell it.</param>
    /// <param name="value">Its value.</param>
    /// <param name="least">Least allowed.</param>
    /// <param name="most">Most allowed.</param>
    /// <exception cref="SettingException">It is out of range or not a number.</exception>
    public static void Range(string name, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
        {
            throw new SettingException(string.Create(CultureInfo.InvariantCulture, $"{name} is {value:R}; it must be {least:R} to {most:R}."));
        }
    }

    /// <summary>Refuses a value that breaks a rule.</summary>
    /// <param name="name">The setting as configuration files spell it.</param>
    /// <param name="holds">Whether the rule holds.</param>
    /// <param name="value">Its value.</param>
    /// <param name="rule">What it must be.</param>
    /// <exception cref="SettingException">The rule does not hold.</exception>
    public static void Require(string name, bool holds, object? value, string rule)
    {
        if (!holds)
        {
            throw new SettingException($"{name} is {value ?? "missing"}; it must be {rule}.");
        }
    }

    /// <summary>Refuses settings that do not fit together.</summary>
    /// <param name="holds">Whether they do.</param>
    /// <param name="message">One line with the way out.</param>
    /// <exception cref="SettingException">They do not.</exception>
    public static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new SettingException(message);
        }
    }
}
