namespace Parti.Training.Data;

/// <summary>Training data cannot be used: nothing found, unreadable, or of another kind than named.</summary>
/// <param name="message">One line that names the file or option, what was found, what is allowed and the way out.</param>
/// <param name="inner">What caused it, if anything.</param>
public sealed class DataException(string message, Exception? inner = null) : Exception(message, inner);
