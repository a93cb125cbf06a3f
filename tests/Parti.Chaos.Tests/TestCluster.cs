using System.Globalization;
using Azure.Storage.Blobs;
using Parti.Client;
using Parti.Grains.Storage;
using Parti.Testing;

namespace Parti.Chaos.Tests;

/// <summary>
/// A gateway and control silo and some workers, each a process of its own, on a Redis and an Azurite of their own. Membership notices a
/// death within two seconds, so that a test need not wait for the cautious defaults.
/// </summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly List<SiloProcess> _silos = [];
    private readonly ClusterPlan _plan;
    private ClusterClient? _client;

    private TestCluster(ClusterPlan plan, RedisServer redis, AzuriteServer azurite, int blobPort)
    {
        (_plan, Redis, Azurite, BlobPort) = (plan, redis, azurite, blobPort);
        Results = new(new BlobServiceClient(azurite.ConnectionString, AzureResultStore.ClientOptions()).GetBlobContainerClient("parti"), TimeProvider.System);
    }

    public RedisServer Redis { get; }

    public AzuriteServer Azurite { get; }

    public IPartiClient Client => _client!.Parti;

    /// <summary>The pictures, past any proxy.</summary>
    public AzureResultStore Results { get; }

    public IReadOnlyList<SiloProcess> Silos => _silos;

    private int BlobPort { get; }

    /// <summary>Starts one control silo, called <c>control</c>, and workers.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="workers">Names of the worker silos.</param>
    public static Task<TestCluster> StartAsync(CancellationToken cancellationToken, params string[] workers) => StartAsync(new() { Workers = workers }, cancellationToken);

    /// <summary>Starts everything.</summary>
    public static async Task<TestCluster> StartAsync(ClusterPlan plan, CancellationToken cancellationToken)
    {
        RedisServer redis = await RedisServer.StartAsync(cancellationToken, plan.RedisFolder);
        AzuriteServer azurite;
        try
        {
            azurite = await AzuriteServer.StartAsync(cancellationToken);
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }

        TestCluster cluster = new(plan, redis, azurite, plan.Proxy is null ? azurite.Port : await plan.Proxy(azurite));
        try
        {
            foreach (string name in plan.Controls)
            {
                await cluster.AddAsync(name, "gateway,control", cancellationToken);
            }

            await Task.WhenAll(plan.Workers.Select(name => cluster.AddAsync(name, "worker", cancellationToken)));
            cluster._client = await ClusterClient.ConnectAsync(ClusterClient.ByRedis(cluster.Redis.ConnectionString), cluster.Results, cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public SiloProcess Silo(string name) => _silos.Single(silo => silo.Name == name);

    /// <summary>The kinds of our grains that have activations on a silo.</summary>
    public async Task<IReadOnlyList<string>> GrainsOfAsync(string silo)
    {
        IManagementGrain management = _client!.Grains.GetGrain<IManagementGrain>(0);
        Dictionary<SiloAddress, SiloStatus> hosts = await management.GetHosts(onlyActive: true);
        MembershipNames names = new(await management.GetDetailedHosts(onlyActive: true));
        SimpleGrainStatistic[] all = await management.GetSimpleGrainStatistics([.. hosts.Keys.Where(address => names.Of(address) == silo)]);
        return [.. all.Where(grain => grain.ActivationCount > 0 && grain.GrainType.Contains("Parti.", StringComparison.Ordinal))
            .Select(grain => MembershipNames.Brief(grain.GrainType)).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Ports by which living silos reach one another.</summary>
    public async Task<IReadOnlyList<int>> SiloPortsAsync() =>
        [.. (await _client!.Grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true)).Keys.Select(address => address.Endpoint.Port)];

    /// <summary>Waits until the cluster has declared a silo dead.</summary>
    public async Task DeclaredDeadAsync(string silo, CancellationToken cancellationToken)
    {
        while (await LivesAsync(silo, cancellationToken))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    /// <summary>What the silos said, for a test that fails.</summary>
    public void Print(ITestOutputHelper? output)
    {
        foreach (SiloProcess silo in _silos)
        {
            output?.WriteLine($"--- {silo.Name}\n{silo.Process.Output}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A test that failed is told why by those who took part.
        if (TestContext.Current.TestState is null or { Result: TestResult.Failed })
        {
            Print(TestContext.Current.TestOutputHelper);
        }

        await (_client?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (SiloProcess silo in _silos)
        {
            await silo.DisposeAsync();
        }

        await Azurite.DisposeAsync();
        await Redis.DisposeAsync();
    }

    private async Task<bool> LivesAsync(string silo, CancellationToken cancellationToken)
    {
        try
        {
            MembershipEntry[] entries = await _client!.Grains.GetGrain<IManagementGrain>(0).GetDetailedHosts(onlyActive: false, cancellationToken);
            return entries.Any(entry => entry.SiloName == silo && entry.Status != SiloStatus.Dead);
        }
        catch (Exception exception) when (exception is TimeoutException or OrleansException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The grain that is asked was on a silo that died; it comes back on another one.
            return true;
        }
    }

    private async Task AddAsync(string name, string roles, CancellationToken cancellationToken)
    {
        string? level = _plan.TellsTokens ? "Trace" : _plan.TellsStages ? "Debug" : null;
        KeyValuePair<string, string?>[] logging = level is null ? [] : [new("Logging__LogLevel__Parti.Grains.Workers", level)];
        SiloProcess silo = await SiloProcess.StartAsync(name, SettingsOf(roles).Concat(_plan.Settings), cancellationToken, logging.Concat(_plan.Variables(name)));
        lock (_silos)
        {
            _silos.Add(silo);
        }
    }

    private Dictionary<string, string> SettingsOf(string roles) => new()
    {
        ["Roles"] = roles,
        ["Cluster:Kind"] = "redis",
        ["Cluster:ConnectionString"] = Redis.ConnectionString,
        ["Cluster:SiloPort"] = "0",
        ["Cluster:GatewayPort"] = "0",
        ["Cluster:AdvertisedAddress"] = "127.0.0.1",
        ["Cluster:ProbeTimeout"] = "00:00:01",
        ["Cluster:MissedProbes"] = "2",
        ["Cluster:DeathVotes"] = "1",
        ["Storage:Kind"] = "azure",
        ["Storage:ConnectionString"] = AzuriteServer.ConnectionStringAt(BlobPort),
        ["Worker:Devices"] = "cpu",
        ["Worker:Threads"] = "1",
        ["Worker:Slots"] = "1",
        ["Jobs:LeaseDuration"] = "00:00:03",
        ["Jobs:SweepInterval"] = "00:00:05",
        ["Jobs:DrainBudget"] = "00:00:01",
    };

    private sealed class MembershipNames(MembershipEntry[] entries)
    {
        public string? Of(SiloAddress address) => entries.FirstOrDefault(entry => entry.SiloAddress.Equals(address))?.SiloName;

        // Parti.Grains.Jobs.JobGrain,Parti.Grains → job
        public static string Brief(string grainType)
        {
            string name = grainType.Split(',')[0].Split('.')[^1];
            return CultureInfo.InvariantCulture.TextInfo.ToLower(name.EndsWith("Grain", StringComparison.Ordinal) ? name[..^5] : name);
        }
    }
}
