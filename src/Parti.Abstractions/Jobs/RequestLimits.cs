namespace Parti.Abstractions;

/// <summary>What the validator may know about one model.</summary>
/// <param name="Name">Model name.</param>
/// <param name="Sizes">Edges that can be delivered, native size first, ascending.</param>
public sealed record ModelLimits(string Name, IReadOnlyList<int> Sizes);

/// <summary>Bounds that a request is checked against.</summary>
public sealed record RequestLimits
{
    /// <summary>Longest prompt in bytes of UTF-8. Default 16 KB.</summary>
    public int MaxPromptBytes { get; init; } = 16 * 1024;

    /// <summary>Most images of one job. Default 64.</summary>
    public int MaxImages { get; init; } = 64;

    /// <summary>Models that are served, the default one first; null where the caller does not know them, then model and size go unchecked.</summary>
    public IReadOnlyList<ModelLimits>? Models { get; init; }
}
