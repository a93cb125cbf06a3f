using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Parti.Grains;
using Parti.Inference;
using Parti.Models.Checkpoints;
using Parti.Silo;
using Parti.Testing;
using Parti.Testing.Engines;

namespace Parti.Benchmarks.Http;

/// <summary>The product's web host in a process of its own, with a device that computes nothing.</summary>
sealed class HttpServer : IAsyncDisposable
{
    /// <summary>The hidden command that is the server.</summary>
    public const string Command = "http-server";

    // The server offers the models it finds, so the device says that it is one of them.
    const string ShippedModel = "demo";
    const int ShippedSize = 64;
    const string Ready = "listens at ";

    readonly ServerProcess _process;

    HttpServer(ServerProcess process, Uri url) => (_process, Url) = (process, url);

    public Uri Url { get; }

    /// <summary>Processor time that it has used.</summary>
    public TimeSpan ProcessorTime => Process.GetProcessById(_process.Id).TotalProcessorTime;

    /// <summary>Starts the process and waits until it listens.</summary>
    /// <param name="folder">State and pictures.</param>
    /// <param name="job">How long one picture takes.</param>
    /// <param name="slots">Pictures at a time.</param>
    /// <param name="capacity">Pictures that may wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<HttpServer> StartAsync(string folder, TimeSpan job, int slots, int capacity, CancellationToken cancellationToken)
    {
        ServerProcess process = ServerProcess.Start(Environment.ProcessPath!, [Command, "--folder", folder, "--job", Text(job.TotalMilliseconds), "--slots", Text(slots), "--capacity", Text(capacity)]);
        string line = await process.LineAsync(line => line.StartsWith(Ready, StringComparison.Ordinal), cancellationToken);
        return new(process, new(line[Ready.Length..]));
    }

    /// <summary>Is the server, until the process is told to end.</summary>
    public static async Task RunAsync(string folder, TimeSpan job, int slots, int capacity)
    {
        // It goes for a device with the shipped weights, as queues hold the two against each other.
        NoOpEngine Open(EngineOptions options) => new(
            new(TimeSpan.Zero, job, TimeSpan.Zero, TimeSpan.Zero), slots, model: ShippedModel, native: ShippedSize,
            hash: options.ModelPaths.Select(ModelDirectory.Open).First(model => model.Manifest.Name == ShippedModel).Hash);
        await using PartiServer server = await PartiServer.StartAsync(
            new() { StateFolder = folder, OpenEngine = (options, _) => Open(options) },
            // All clients share this machine's address and so one caller's limits, which are not what is measured.
            [
                "--Parti:Http:Url=http://127.0.0.1:0", "--Parti:Http:Limits:RequestsPerMinute=1000000",
                "--Parti:Http:Limits:ConcurrentRequests=100000", "--Parti:Http:Limits:ConcurrentImages=1000000", $"--Parti:Http:Limits:PixelsPerMinute={long.MaxValue / 2}",
            ],
            builder => builder.Services.Configure<PartiGrainsOptions>(grains => grains.QueueCapacity = capacity));
        Console.WriteLine($"{Ready}{server.Url}");
        await server.WaitForShutdownAsync();
    }

    /// <summary>Ends the process; nothing of it is needed any more.</summary>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    static string Text(double value) => value.ToString("F0", CultureInfo.InvariantCulture);
}
