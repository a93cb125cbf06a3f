using Npgsql;

namespace Parti.Grains.Storage;

/// <summary>Runs statements that make tables.</summary>
public static class PostgresScript
{
    // Any fixed number will do; it is the name of the lock.
    private const long Lock = 0x70617274_69000001;

    /// <summary>
    /// Runs a script in one transaction, one process at a time: PostgreSQL lets two <c>CREATE … IF NOT EXISTS</c> of the same name collide.
    /// </summary>
    /// <param name="source">The database.</param>
    /// <param name="script">Statements that may be repeated.</param>
    /// <param name="cancellationToken">Gives up; leaves nothing half-made.</param>
    public static async Task RunAsync(NpgsqlDataSource source, string script, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (NpgsqlCommand wait = new("SELECT pg_advisory_xact_lock($1)", connection, transaction) { Parameters = { new() { Value = Lock } } })
        {
            await wait.ExecuteNonQueryAsync(cancellationToken);
        }

        await using (NpgsqlCommand run = new(script, connection, transaction))
        {
            await run.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
