using System.CommandLine;
using Parti.Client;

namespace Parti.Cli.Commands;

/// <summary>The options that make a command talk to a running server in place of a cluster inside this process.</summary>
internal sealed class ServerOptions
{
    /// <summary>The variable that names the server where the option is not given.</summary>
    internal const string ServerVariable = "PARTI_SERVER";

    /// <summary>The variable that holds the key where the option is not given.</summary>
    internal const string KeyVariable = "PARTI_API_KEY";

    private readonly Option<string?> _server = new("--server") { Description = $"Address of a running server. Default: {ServerVariable}, else a cluster inside this process.", HelpName = "URL" };
    private readonly Option<string?> _key = new("--api-key") { Description = $"Key for the server. Default: {KeyVariable}.", HelpName = "KEY" };

    /// <summary>Gives a command the options.</summary>
    internal Command AddTo(Command command)
    {
        command.Options.Add(_server);
        command.Options.Add(_key);
        return command;
    }

    /// <summary>How to reach the server; null where there is none.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="environment">Reads variables.</param>
    /// <exception cref="UsageException">The address or the key cannot be used.</exception>
    internal PartiClientOptions? Read(ParseResult parsed, Func<string, string?> environment)
    {
        string? given = parsed.GetValue(_server);
        string? address = given ?? (environment(ServerVariable) is { Length: > 0 } variable ? variable : null);
        if (address is null)
        {
            return null;
        }

        string name = given is null ? ServerVariable : "--server";
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
        {
            throw new UsageException($"{name} is \"{address}\", allowed is http://HOST:PORT or https://HOST:PORT.");
        }

        PartiClientOptions options = new() { Server = url, ApiKey = parsed.GetValue(_key) ?? (environment(KeyVariable) is { Length: > 0 } key ? key : null) };
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message);
        }
    }
}
