using System.Globalization;

namespace Parti.Testing;

/// <summary>An emulator of Azure Blob Storage of the test's own, in memory.</summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    /// <summary>The emulator's account, as its documentation gives it; a secret of nobody.</summary>
    private const string Account = "devstoreaccount1";

    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private ServerProcess? _process;

    public int Port { get; } = ServerProcess.FreePort();

    public string ConnectionString => ConnectionStringAt(Port);

    /// <summary>The account, reached by another port: that of a proxy.</summary>
    public static string ConnectionStringAt(int port) => string.Create(
        CultureInfo.InvariantCulture, $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint=http://127.0.0.1:{port}/{Account};");

    public static async Task<AzuriteServer> StartAsync(CancellationToken cancellationToken)
    {
        string program = Programs.Require("azurite-blob", Path.Combine(Programs.RepositoryRoot(), "artifacts", "azurite", "node_modules", ".bin"));
        AzuriteServer server = new();
        server._process = ServerProcess.Start(program, [
            "--disableTelemetry", "--skipApiVersionCheck", "--inMemoryPersistence",
            "--blobHost", "127.0.0.1", "--blobPort", server.Port.ToString(CultureInfo.InvariantCulture)]);
        await server._process.LineAsync(line => line.Contains("successfully listen", StringComparison.Ordinal), cancellationToken);
        return server;
    }

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
