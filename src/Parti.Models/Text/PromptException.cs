namespace Parti.Models.Text;

/// <summary>A prompt that a model cannot read.</summary>
/// <param name="message">One line that says why and what the model reads.</param>
public sealed class PromptException(string message) : Exception(message);
