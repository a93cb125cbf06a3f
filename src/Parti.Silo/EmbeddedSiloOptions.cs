using Microsoft.Extensions.Logging;
using Parti.Inference;

namespace Parti.Silo;

/// <summary>How a silo inside this process is composed.</summary>
public sealed class EmbeddedSiloOptions
{
    /// <summary>Folder of jobs and pictures; null for <see cref="StateFolder.DefaultPath"/>.</summary>
    public string? StateFolder { get; init; }

    /// <summary>Folders of model directories; empty for <see cref="ModelFolders.Search"/>'s own.</summary>
    public IReadOnlyList<string> ModelPaths { get; init; } = [];

    /// <summary>Whether this silo works on jobs. Without a device it only answers questions about them and needs no model. Default true.</summary>
    public bool HasDevice { get; init; } = true;

    /// <summary>Makes the engine of the device.</summary>
    public required Func<EngineOptions, ILogger, IInferenceEngine> OpenEngine { get; init; }

    /// <summary>Where warnings go; null for nowhere.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }

    /// <summary>How long images may go on when the silo stops; the next start continues what is left. Null for what the configuration says, or 0 without one.</summary>
    public TimeSpan? DrainBudget { get; init; }
}
