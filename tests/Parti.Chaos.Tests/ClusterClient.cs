using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Parti.Abstractions;
using Parti.Client;
using StackExchange.Redis;

namespace Parti.Chaos.Tests;

/// <summary>A program outside the cluster that finds it by Redis.</summary>
internal sealed class ClusterClient : IAsyncDisposable
{
    private readonly IHost _host;

    private ClusterClient(IHost host) => _host = host;

    public IPartiClient Parti => _host.Services.GetRequiredService<IPartiClient>();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Connects.</summary>
    /// <param name="cluster">Adds the membership.</param>
    /// <param name="results">Where pictures are read.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ClusterClient> ConnectAsync(Action<IClientBuilder> cluster, IResultReader results, CancellationToken cancellationToken)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UsePartiClient(cluster);
        builder.Services.AddSingleton(results);
        IHost host = builder.Build();
        await host.StartAsync(cancellationToken);
        return new(host);
    }

    /// <summary>Membership by Redis.</summary>
    public static Action<IClientBuilder> ByRedis(string connectionString) =>
        client => client.UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse(connectionString));

    /// <summary>Membership by PostgreSQL.</summary>
    public static Action<IClientBuilder> ByPostgres(string connectionString) =>
        client => client.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = ("Npgsql", connectionString));

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
