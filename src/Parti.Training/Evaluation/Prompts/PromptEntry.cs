namespace Parti.Training.Evaluation.Prompts;

/// <summary>A prompt of a list.</summary>
/// <param name="Prompt">The prompt, without blanks at its ends, not empty.</param>
/// <param name="Category">What it is about; empty where the list says nothing.</param>
/// <param name="Challenge">What is hard about it; empty where the list says nothing.</param>
/// <param name="Note">A remark of the list's authors; mostly empty.</param>
public sealed record PromptEntry(string Prompt, string Category = "", string Challenge = "", string Note = "");
