using System.CommandLine;
using Parti.Native;

namespace Parti.Cli.Commands;

/// <summary><c>parti version</c>.</summary>
internal static class VersionCommand
{
    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        Command command = new("version", "Say which version this is and which libtorch it uses.");
        command.SetAction(_ =>
        {
            string version = typeof(VersionCommand).Assembly.GetName().Version!.ToString(3);
            context.Output.WriteLine($"parti {version} (libtorch {TorchRuntime.LibTorchVersion}, {TorchRuntime.Flavor.ToString().ToLowerInvariant()}; .NET {Environment.Version})");
            return ExitCodes.Done;
        });
        return command;
    }
}
