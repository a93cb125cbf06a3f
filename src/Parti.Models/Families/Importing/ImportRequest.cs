namespace Parti.Models.Families.Importing;

/// <summary>What the caller of an import chose.</summary>
/// <param name="Name">Name of the model: 1 to 64 characters of a–z, 0–9, <c>.</c>, <c>_</c> and <c>-</c>.</param>
public sealed record ImportRequest(string Name);
