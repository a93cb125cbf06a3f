using Azure;
using Azure.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Parti.Grains.Storage;

namespace Parti.Silo.Composition;

/// <summary>
/// Before the silo starts: takes the state folder, asks every server whether it is there, and makes the tables and the container that
/// are missing. So a wrong address ends the start with one line, not with a silo that fails at its first job.
/// </summary>
/// <param name="settings">Which servers.</param>
/// <param name="connections">The way to them.</param>
/// <param name="services">Has the result store.</param>
internal sealed class SiloPreparation(SiloSettings settings, ServiceConnections connections, IServiceProvider services) : IHostedService, IDisposable
{
    private StateFolder? _folder;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings is { State.Kind: StateKind.File, Cluster: { Kind: ClusterKind.Localhost, PrimaryPort: 0 } })
        {
            _folder = StateFolder.Take(settings.State.Folder);
        }

        if (settings.Cluster.Kind == ClusterKind.Redis)
        {
            await connections.RedisAsync(settings.Cluster.ConnectionString!);
        }

        if (settings.State.Kind == StateKind.Redis)
        {
            await connections.RedisAsync(settings.State.ConnectionString!);
        }

        if (settings.Cluster.Kind == ClusterKind.Postgres)
        {
            await MakeTablesAsync(settings.Cluster.ConnectionString!, source => PostgresScript.RunAsync(source, MembershipSql.Text, cancellationToken));
        }

        if (settings.State.Kind == StateKind.Postgres)
        {
            await MakeTablesAsync(settings.State.ConnectionString!, source => PostgresGrainStorage.CreateTableAsync(source, cancellationToken));
        }

        await MakeContainerAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _folder?.Dispose();

    private async Task MakeTablesAsync(string connectionString, Func<NpgsqlDataSource, Task> make)
    {
        NpgsqlDataSource source = connections.Postgres(connectionString);
        try
        {
            await make(source);
        }
        catch (PostgresException error)
        {
            throw new SiloStartException($"PostgreSQL refuses ({error.SqlState}: {error.MessageText}); give the user of the connection string the right to make tables in that database.", error);
        }
        catch (NpgsqlException error)
        {
            NpgsqlConnectionStringBuilder where = new(connectionString);
            throw new SiloStartException($"PostgreSQL at {where.Host}:{where.Port} does not answer; start it, or correct the connection string.", error);
        }
    }

    private async Task MakeContainerAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (services.GetService<AzureResultStore>() is { } store)
            {
                await store.CreateContainerAsync(cancellationToken);
            }
        }
        catch (Exception error) when (error is ResultStoreException or AuthenticationFailedException or RequestFailedException)
        {
            throw new SiloStartException(StartFaults.FirstLine(error), error);
        }
    }
}
