namespace Parti.Native;

/// <summary>libtorch cannot be used; the message is one line that names platform, flavour, file and remedy.</summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="inner">What the loader said, if it was asked.</param>
public sealed class TorchStartException(string message, Exception? inner = null) : Exception(message, inner);
