using Npgsql;
using NpgsqlTypes;
using Orleans.Storage;

namespace Parti.Grains.Storage;

/// <summary>
/// Grain state as one row per grain and state in PostgreSQL. The primary key and the ETag in the condition of each statement make every
/// write one atomic step, the first write of a state too (docs/decisions/0008).
/// </summary>
/// <param name="source">The database.</param>
/// <param name="service">Keeps several clusters in one database apart; the cluster's service id.</param>
public sealed class PostgresGrainStorage(NpgsqlDataSource source, string service) : IGrainStorage
{
    private const string Table = """
        CREATE TABLE IF NOT EXISTS parti_state (
            service text NOT NULL,
            grain text NOT NULL,
            name text NOT NULL,
            etag uuid NOT NULL,
            body json NOT NULL,
            written_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (service, grain, name))
        """;

    private const string Read = "SELECT etag, body FROM parti_state WHERE service = $1 AND grain = $2 AND name = $3";

    private const string Insert = """
        INSERT INTO parti_state (service, grain, name, etag, body) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        """;

    private const string Update = """
        UPDATE parti_state SET etag = $4, body = $5, written_at = now()
        WHERE service = $1 AND grain = $2 AND name = $3 AND etag = $6
        """;

    private const string Delete = "DELETE FROM parti_state WHERE service = $1 AND grain = $2 AND name = $3 AND etag = $4";

    private const string Missing = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM parti_state WHERE service = $1 AND grain = $2 AND name = $3)";

    /// <summary>Makes the table where it is missing. Several processes may do so at once.</summary>
    /// <param name="source">The database.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task CreateTableAsync(NpgsqlDataSource source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return PostgresScript.RunAsync(source, Table, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        await using NpgsqlCommand command = CommandFor(Read, stateName, grainId);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        bool found = await reader.ReadAsync();
        grainState.RecordExists = found;
        grainState.ETag = found ? reader.GetGuid(0).ToString() : null;
        grainState.State = (found ? StateSerializer.FromBytes<T>(reader.GetFieldValue<byte[]>(1)) : default) ?? Activator.CreateInstance<T>();
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);

        // Before the first await, so that the state cannot change while it is read.
        byte[] body = StateSerializer.ToBytes(grainState.State);
        Guid next = Guid.NewGuid();
        string? expected = grainState.ETag;
        await using NpgsqlCommand command = CommandFor(expected is null ? Insert : Update, stateName, grainId);
        command.Parameters.Add(new() { Value = next });
        command.Parameters.Add(new() { Value = body, NpgsqlDbType = NpgsqlDbType.Json });
        if (expected is not null)
        {
            command.Parameters.Add(new() { Value = Guid.Parse(expected) });
        }

        Require(await command.ExecuteNonQueryAsync() == 1, stateName, grainId, expected);
        grainState.ETag = next.ToString();
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        if (grainState.ETag is { } expected)
        {
            await using NpgsqlCommand delete = CommandFor(Delete, stateName, grainId);
            delete.Parameters.Add(new() { Value = Guid.Parse(expected) });
            Require(await delete.ExecuteNonQueryAsync() == 1, stateName, grainId, expected);
        }
        else
        {
            await using NpgsqlCommand missing = CommandFor(Missing, stateName, grainId);
            Require(await missing.ExecuteScalarAsync() is not null, stateName, grainId, null);
        }

        grainState.ETag = null;
        grainState.RecordExists = false;
        grainState.State = Activator.CreateInstance<T>();
    }

    private NpgsqlCommand CommandFor(string text, string stateName, GrainId grainId)
    {
        NpgsqlCommand command = source.CreateCommand(text);
        command.Parameters.Add(new() { Value = service });
        command.Parameters.Add(new() { Value = grainId.ToString() });
        command.Parameters.Add(new() { Value = stateName });
        return command;
    }

    private static void Require(bool done, string stateName, GrainId grainId, string? expected)
    {
        if (!done)
        {
            throw new InconsistentStateException($"State {stateName} of {grainId} was changed by another activation.", "another", expected ?? "none");
        }
    }
}
