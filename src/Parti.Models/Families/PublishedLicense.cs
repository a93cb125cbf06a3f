namespace Parti.Models.Families;

/// <summary>Licence under which weights were published.</summary>
/// <param name="Weights">SPDX expression or name, one line.</param>
/// <param name="Data">Licence or name of the training data, one line.</param>
/// <param name="Origin">Where the weights are published, one line.</param>
/// <param name="Restriction">What the licence forbids, one line; null where it restricts no use and need not be accepted.</param>
public sealed record PublishedLicense(string Weights, string Data, string Origin, string? Restriction = null);
