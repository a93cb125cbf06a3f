using System.Collections.Concurrent;
using Npgsql;
using StackExchange.Redis;

namespace Parti.Silo.Composition;

/// <summary>The silo's connections to Redis and PostgreSQL: one per server, shared by membership, reminders and state.</summary>
internal sealed class ServiceConnections : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<IConnectionMultiplexer>>> _redis = [];
    private readonly ConcurrentDictionary<string, NpgsqlDataSource> _postgres = [];

    /// <summary>The connection to a Redis; it comes back by itself after an interruption.</summary>
    /// <exception cref="SiloStartException">The text cannot be read, or nothing answers there.</exception>
    internal Task<IConnectionMultiplexer> RedisAsync(string connectionString) =>
        _redis.GetOrAdd(connectionString, text => new(() => ConnectAsync(text))).Value;

    /// <summary>A PostgreSQL; asks nobody yet.</summary>
    /// <exception cref="SiloStartException">The text cannot be read.</exception>
    internal NpgsqlDataSource Postgres(string connectionString) => _postgres.GetOrAdd(connectionString, text =>
    {
        try
        {
            return NpgsqlDataSource.Create(text);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new SiloStartException($"The PostgreSQL connection string cannot be read: {StartFaults.FirstLine(error)}", error);
        }
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<Task<IConnectionMultiplexer>> redis in _redis.Values.Where(redis => redis.IsValueCreated && redis.Value.IsCompletedSuccessfully))
        {
            await (await redis.Value).DisposeAsync();
        }

        foreach (NpgsqlDataSource postgres in _postgres.Values)
        {
            await postgres.DisposeAsync();
        }
    }

    private static async Task<IConnectionMultiplexer> ConnectAsync(string connectionString)
    {
        ConfigurationOptions options;
        try
        {
            options = ConfigurationOptions.Parse(connectionString);
        }
        catch (ArgumentException error)
        {
            throw new SiloStartException($"The Redis connection string cannot be read: {StartFaults.FirstLine(error)}", error);
        }

        try
        {
            return await ConnectionMultiplexer.ConnectAsync(options);
        }
        catch (RedisConnectionException error)
        {
            string where = string.Join(", ", options.EndPoints.Select(point => point.ToString()!.Replace("Unspecified/", string.Empty, StringComparison.Ordinal)));
            throw new SiloStartException($"Redis at {where} does not answer; start it, or correct the connection string.", error);
        }
    }
}
