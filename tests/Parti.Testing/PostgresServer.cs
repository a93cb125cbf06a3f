using System.Globalization;

namespace Parti.Testing;

/// <summary>A PostgreSQL of the test's own, without a password on loopback.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    // The server refuses to run as root; Debian's package has a user for it.
    private const string User = "postgres";

    private readonly string _folder = Directory.CreateTempSubdirectory("parti-postgres-").FullName;
    private ServerProcess? _process;

    public int Port { get; } = ServerProcess.FreePort();

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username={User};Database=postgres");

    public static async Task<PostgresServer> StartAsync(CancellationToken cancellationToken)
    {
        string[] installed = Directory.Exists("/usr/lib/postgresql") ? [.. Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin"))] : [];
        string initdb = Programs.Require("initdb", installed);
        string postgres = Programs.Require("postgres", installed);
        PostgresServer server = new();
        try
        {
            await server.StartProcessAsync(initdb, postgres, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_process?.DisposeAsync() ?? ValueTask.CompletedTask);
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartProcessAsync(string initdb, string postgres, CancellationToken cancellationToken)
    {
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", [User, _folder], cancellationToken);
        }

        string data = Path.Combine(_folder, "data");
        await RunAsync(initdb, ["-D", data, "-A", "trust", "-U", User, "--no-sync", "--no-locale", "-E", "UTF8"], cancellationToken, asUser: true);
        (string program, IEnumerable<string> arguments) = AsUser(postgres, [
            "-D", data, "-p", Port.ToString(CultureInfo.InvariantCulture), "-h", "127.0.0.1", "-k", _folder,
            "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=60"]);
        _process = ServerProcess.Start(program, arguments);
        await _process.LineAsync(line => line.Contains("database system is ready to accept connections", StringComparison.Ordinal), cancellationToken);
    }

    private static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken, bool asUser = false)
    {
        (string started, IEnumerable<string> given) = asUser ? AsUser(program, arguments) : (program, arguments);
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(started, given) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        string error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await output}{error}");
    }

    private static (string Program, IEnumerable<string> Arguments) AsUser(string program, IEnumerable<string> arguments) =>
        Environment.IsPrivilegedProcess ? ("setpriv", ["--reuid", User, "--regid", User, "--clear-groups", program, .. arguments]) : (program, arguments);
}
