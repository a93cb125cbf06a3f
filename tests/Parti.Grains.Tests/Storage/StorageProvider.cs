using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Orleans.Storage;
using Parti.Grains.Storage;
using Parti.Grains.Tests.Cluster;
using Parti.Testing;
using StackExchange.Redis;

namespace Parti.Grains.Tests.Storage;

/// <summary>A grain storage as a silo registers it. The server behind it starts with the first test that asks, so that it can skip.</summary>
public abstract class StorageProvider : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private IHost? _host;

    public async Task<IGrainStorage> GetAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _host ??= await StartAsync(cancellationToken);
            return _host.Services.GetRequiredKeyedService<IGrainStorage>(PartiGrainsOptions.StorageName);
        }
        finally
        {
            _gate.Release();
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }

        _gate.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<Action<ISiloBuilder>> PrepareAsync(CancellationToken cancellationToken);

    private async Task<IHost> StartAsync(CancellationToken cancellationToken)
    {
        Action<ISiloBuilder> add = await PrepareAsync(cancellationToken);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(ServerProcess.FreePort(), ServerProcess.FreePort());
            add(silo);
        });
        IHost host = builder.Build();
        await host.StartAsync(cancellationToken);
        return host;
    }
}

public sealed class FileProvider : StorageProvider
{
    private readonly TemporaryFolder _folder = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<Action<ISiloBuilder>> PrepareAsync(CancellationToken cancellationToken) =>
        Task.FromResult<Action<ISiloBuilder>>(silo => silo.AddFileGrainStorage(_folder.Path));
}

public sealed class RedisProvider : StorageProvider
{
    private RedisServer? _server;
    private IConnectionMultiplexer? _connection;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await (_connection?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    protected override async Task<Action<ISiloBuilder>> PrepareAsync(CancellationToken cancellationToken)
    {
        _server = await RedisServer.StartAsync(cancellationToken);
        _connection = await ConnectionMultiplexer.ConnectAsync(_server.ConnectionString);
        return silo => silo.AddRedisGrainStorage(() => Task.FromResult(_connection));
    }
}

public sealed class PostgresProvider : StorageProvider
{
    private PostgresServer? _server;
    private NpgsqlDataSource? _source;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await (_source?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    protected override async Task<Action<ISiloBuilder>> PrepareAsync(CancellationToken cancellationToken)
    {
        _server = await PostgresServer.StartAsync(cancellationToken);
        _source = NpgsqlDataSource.Create(_server.ConnectionString);

        // As many silos do when they start together.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PostgresGrainStorage.CreateTableAsync(_source, cancellationToken)));
        return silo => silo.AddPostgresGrainStorage(_source);
    }
}
