using Parti.Client;
using Parti.Training.Runs;

namespace Parti.Cli;

/// <summary>The numbers a script reads.</summary>
internal static class ExitCodes
{
    internal const int Done = 0;
    internal const int Failed = 1;
    internal const int Usage = 2;
    internal const int Unreachable = 3;
    internal const int Overloaded = 4;
    internal const int Canceled = 130;

    /// <summary>The number for what went wrong.</summary>
    internal static int Of(Exception error) => error switch
    {
        OperationCanceledException => Canceled,
        UsageException or InvalidRequestException or SettingException => Usage,
        PartiBusyException => Overloaded,
        PartiUnavailableException { Code: "unreachable" or "not_a_server" } => Unreachable,
        _ => Failed,
    };
}

/// <summary>The arguments cannot be used.</summary>
/// <param name="message">One line: the parameter, what is allowed, the way out.</param>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The work failed for a reason that is already known in words.</summary>
/// <param name="message">One line.</param>
internal sealed class CommandFailedException(string message) : Exception(message);
