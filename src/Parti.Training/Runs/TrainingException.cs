namespace Parti.Training.Runs;

/// <summary>A training cannot begin or go on.</summary>
/// <param name="message">One line with the way out.</param>
/// <param name="inner">Cause, if any.</param>
public class TrainingException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A setting of a training is unknown or out of range.</summary>
/// <param name="message">One line that names the setting, what it is and what it may be.</param>
/// <param name="inner">Cause, if any.</param>
public sealed class SettingException(string message, Exception? inner = null) : TrainingException(message, inner);
