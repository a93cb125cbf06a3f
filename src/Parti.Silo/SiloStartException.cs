namespace Parti.Silo;

/// <summary>A silo cannot start. The message is one line that names the cause and the way out.</summary>
/// <param name="message">One line.</param>
/// <param name="inner">What caused it, if anything.</param>
public sealed class SiloStartException(string message, Exception? inner = null) : Exception(message, inner);
