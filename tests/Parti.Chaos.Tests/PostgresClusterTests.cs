using Npgsql;
using Parti.Client;
using Parti.Grains.Storage;
using Parti.Testing;

namespace Parti.Chaos.Tests;

/// <summary>A cluster whose list of silos, reminders and jobs are in PostgreSQL, with pictures in a shared folder.</summary>
public sealed class PostgresClusterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parti-cluster-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task TwoSilosStartedTogether_FormAClusterAndFinishAJob()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync(Token);

        // Together, so that both want to make the tables.
        SiloProcess[] silos = await Task.WhenAll(
            SiloProcess.StartAsync("control", Settings(postgres, "control"), Token), SiloProcess.StartAsync("worker-1", Settings(postgres, "worker"), Token));
        await using SiloProcess control = silos[0];
        await using SiloProcess worker = silos[1];
        await using ClusterClient client = await ClusterClient.ConnectAsync(
            ClusterClient.ByPostgres(postgres.ConnectionString), new FileResultStore(_folder, TimeProvider.System), Token);

        GenerationResult result = await client.Parti.GenerateAsync("a red circle", new() { Seed = 1, Size = "native" }, Token);

        Assert.Equal("worker-1|cpu", Assert.Single(result.Job.Images).Worker);
        Assert.Equal(1L, await CountAsync(postgres, "parti_state WHERE grain LIKE 'job/%'"));
        Assert.Equal(1L, await CountAsync(postgres, "parti_reminder"));
        Assert.Equal(2L, await CountAsync(postgres, "parti_silo WHERE status = 3"));
        await worker.Process.StopAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, worker.Process.ExitCode);
        Assert.Equal(1L, await CountAsync(postgres, "parti_silo WHERE status = 3"));
    }

    private static async Task<long> CountAsync(PostgresServer postgres, string from)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand($"SELECT count(*) FROM {from}");
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    private Dictionary<string, string> Settings(PostgresServer postgres, string roles) => new()
    {
        ["Roles"] = roles,
        ["Cluster:Kind"] = "postgres",
        ["Cluster:ConnectionString"] = postgres.ConnectionString,
        ["Cluster:SiloPort"] = "0",
        ["Cluster:GatewayPort"] = "0",
        ["Cluster:AdvertisedAddress"] = "127.0.0.1",
        ["Storage:Folder"] = _folder,
        ["Worker:Devices"] = "cpu",
        ["Worker:Threads"] = "1",
    };
}
