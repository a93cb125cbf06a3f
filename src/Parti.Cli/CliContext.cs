using System.CommandLine;
using Microsoft.Extensions.Logging;
using Parti.Cli.Commands;
using Parti.Client;
using Parti.Inference;
using Parti.Silo;

namespace Parti.Cli;

/// <summary>What commands need of the world around them.</summary>
/// <param name="output">Standard output: results.</param>
/// <param name="error">Standard error: what went wrong.</param>
internal sealed class CliContext(TextWriter output, TextWriter error)
{
    /// <summary>Standard output.</summary>
    internal TextWriter Output => output;

    /// <summary>Standard error.</summary>
    internal TextWriter Error => error;

    /// <summary>The state folder; null for the usual one.</summary>
    internal string? StateFolder { get; init; }

    /// <summary>Makes the engine of the embedded silo.</summary>
    internal Func<EngineOptions, ILogger, IInferenceEngine> OpenEngine { get; init; } = ProductEngine.Open;

    /// <summary>Reads a variable of the environment; null where it is not set.</summary>
    internal Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Whether a person watches standard output.</summary>
    internal bool IsTerminal => ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>Reaches the server that the arguments name, or else starts the cluster inside this process.</summary>
    /// <param name="server">The options that name a server.</param>
    /// <param name="parsed">The arguments.</param>
    /// <param name="hasDevice">Whether the cluster inside this process works on jobs.</param>
    /// <param name="modelPaths">Folders of its models; empty for the usual ones.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    internal async Task<ClusterConnection> ConnectAsync(
        ServerOptions server, ParseResult parsed, bool hasDevice, IReadOnlyList<string> modelPaths, CancellationToken cancellationToken)
    {
        if (server.Read(parsed, Environment) is not { } options)
        {
            return new(await StartSiloAsync(hasDevice, modelPaths, parsed.GetValue(CommonOptions.Verbose), cancellationToken));
        }

        return modelPaths.Count == 0
            ? new(new HttpPartiClient(options))
            : throw new UsageException("--model-path names models of this machine, but --server uses those of a server; leave one of them out.");
    }

    /// <summary>Starts the cluster inside this process.</summary>
    /// <param name="hasDevice">Whether it works on jobs.</param>
    /// <param name="modelPaths">Folders of models; empty for the usual ones.</param>
    /// <param name="verbose">Whether its warnings go to standard error.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    internal Task<EmbeddedSilo> StartSiloAsync(bool hasDevice, IReadOnlyList<string> modelPaths, bool verbose, CancellationToken cancellationToken) =>
        EmbeddedSilo.StartAsync(
            new()
            {
                StateFolder = StateFolder,
                ModelPaths = modelPaths,
                HasDevice = hasDevice,
                OpenEngine = OpenEngine,
                Logging = verbose ? logging => logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace) : null,
            },
            cancellationToken);
}
