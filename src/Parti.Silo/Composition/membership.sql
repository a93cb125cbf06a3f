-- Membership and reminders of Orleans' ADO.NET providers, for PostgreSQL. The providers read their statements from OrleansQuery by
-- name; everything else here is ours. Each statement that changes the membership changes the table's version in the same step, and
-- does nothing when the version is another: one row comes back where it did something.

CREATE TABLE IF NOT EXISTS OrleansQuery (QueryKey varchar(64) PRIMARY KEY, QueryText varchar(8000) NOT NULL);

CREATE TABLE IF NOT EXISTS parti_cluster (
    id text PRIMARY KEY,
    version integer NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS parti_silo (
    cluster text NOT NULL REFERENCES parti_cluster (id),
    address text NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL,
    name text NOT NULL,
    host text NOT NULL,
    status integer NOT NULL,
    gateway_port integer,
    suspects text,
    started_at timestamptz NOT NULL,
    alive_at timestamptz NOT NULL,
    PRIMARY KEY (cluster, address, port, generation));

CREATE TABLE IF NOT EXISTS parti_reminder (
    service text NOT NULL,
    grain text NOT NULL,
    name text NOT NULL,
    start_at timestamptz NOT NULL,
    period_ms bigint NOT NULL,
    grain_hash integer NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (service, grain, name));

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('InsertMembershipVersionKey', '
    WITH made AS (INSERT INTO parti_cluster (id) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*) = 1 FROM made'),

('InsertMembershipKey', '
    WITH stepped AS (
        UPDATE parti_cluster SET version = version + 1
        WHERE id = @DeploymentId AND version = @Version
            AND NOT EXISTS (
                SELECT 1 FROM parti_silo
                WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
        RETURNING id),
    made AS (
        INSERT INTO parti_silo (cluster, address, port, generation, name, host, status, gateway_port, started_at, alive_at)
        SELECT id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM stepped
        RETURNING 1)
    SELECT count(*) = 1 FROM made'),

('UpdateMembershipKey', '
    WITH stepped AS (
        UPDATE parti_cluster SET version = version + 1
        WHERE id = @DeploymentId AND version = @Version
            AND EXISTS (
                SELECT 1 FROM parti_silo
                WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
        RETURNING id),
    changed AS (
        UPDATE parti_silo SET status = @Status, suspects = @SuspectTimes, alive_at = @IAmAliveTime
        FROM stepped
        WHERE cluster = stepped.id AND address = @Address AND port = @Port AND generation = @Generation
        RETURNING 1)
    SELECT count(*) = 1 FROM changed'),

('UpdateIAmAlivetimeKey', '
    UPDATE parti_silo SET alive_at = @IAmAliveTime
    WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation'),

('MembershipReadRowKey', '
    SELECT c.id AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.name AS SiloName,
        s.host AS HostName, s.status AS Status, s.gateway_port AS ProxyPort, s.suspects AS SuspectTimes,
        s.started_at AS StartTime, s.alive_at AS IAmAliveTime, c.version AS Version
    FROM parti_cluster c
    LEFT JOIN parti_silo s ON s.cluster = c.id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
    WHERE c.id = @DeploymentId'),

('MembershipReadAllKey', '
    SELECT c.id AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.name AS SiloName,
        s.host AS HostName, s.status AS Status, s.gateway_port AS ProxyPort, s.suspects AS SuspectTimes,
        s.started_at AS StartTime, s.alive_at AS IAmAliveTime, c.version AS Version
    FROM parti_cluster c LEFT JOIN parti_silo s ON s.cluster = c.id
    WHERE c.id = @DeploymentId'),

('DeleteMembershipTableEntriesKey', '
    DELETE FROM parti_silo WHERE cluster = @DeploymentId;
    DELETE FROM parti_cluster WHERE id = @DeploymentId'),

-- 6 is Dead; silos that live are kept whatever their clock says.
('CleanupDefunctSiloEntriesKey', '
    DELETE FROM parti_silo WHERE cluster = @DeploymentId AND alive_at < @IAmAliveTime AND status = 6'),

('GatewaysQueryKey', '
    SELECT address AS Address, gateway_port AS ProxyPort, generation AS Generation
    FROM parti_silo WHERE cluster = @DeploymentId AND status = @Status AND gateway_port > 0'),

('UpsertReminderRowKey', '
    INSERT INTO parti_reminder (service, grain, name, start_at, period_ms, grain_hash, version)
    VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, 0)
    ON CONFLICT (service, grain, name) DO UPDATE SET
        start_at = excluded.start_at, period_ms = excluded.period_ms, grain_hash = excluded.grain_hash, version = parti_reminder.version + 1
    RETURNING version AS Version'),

('ReadReminderRowKey', '
    SELECT grain AS GrainId, name AS ReminderName, start_at AS StartTime, period_ms AS Period, version AS Version
    FROM parti_reminder WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName'),

('ReadReminderRowsKey', '
    SELECT grain AS GrainId, name AS ReminderName, start_at AS StartTime, period_ms AS Period, version AS Version
    FROM parti_reminder WHERE service = @ServiceId AND grain = @GrainId'),

('ReadRangeRows1Key', '
    SELECT grain AS GrainId, name AS ReminderName, start_at AS StartTime, period_ms AS Period, version AS Version
    FROM parti_reminder WHERE service = @ServiceId AND grain_hash > @BeginHash AND grain_hash <= @EndHash'),

('ReadRangeRows2Key', '
    SELECT grain AS GrainId, name AS ReminderName, start_at AS StartTime, period_ms AS Period, version AS Version
    FROM parti_reminder WHERE service = @ServiceId AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)'),

('DeleteReminderRowKey', '
    WITH gone AS (
        DELETE FROM parti_reminder
        WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName AND version = @Version RETURNING 1)
    SELECT count(*) = 1 FROM gone'),

('DeleteReminderRowsKey', '
    DELETE FROM parti_reminder WHERE service = @ServiceId')
ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText;
