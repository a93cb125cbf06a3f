using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Parti.Silo.Composition;

/// <summary>Runs a host with a silo until it is told to stop.</summary>
public static class SiloProgram
{
    /// <summary>What a program prints once it takes jobs; scripts wait for it.</summary>
    public const string ReadyLine = "ready";

    /// <summary>Builds and runs a host. What keeps it from starting is told in one line on standard error.</summary>
    /// <param name="build">Makes the host, with <see cref="PartiSiloExtensions.AddPartiSilo"/>.</param>
    /// <returns>The exit code: 0 after an orderly stop, 1 where the silo could not start or run.</returns>
    public static async Task<int> RunAsync(Func<IHost> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        try
        {
            IHost host = build();
            await using ((IAsyncDisposable)host)
            {
                await StartAsync(host);
                await host.WaitForShutdownAsync();
                return 0;
            }
        }
        catch (Exception error)
        {
            await Console.Error.WriteLineAsync(OneLine(error));
            return 1;
        }
    }

    private static async Task StartAsync(IHost host)
    {
        SiloSettings settings = host.Services.GetRequiredService<SiloSettings>();
        LocalEngineHost engines = host.Services.GetRequiredService<LocalEngineHost>();
        await host.StartAsync();
        await engines.WaitAsync(CancellationToken.None);
        string devices = engines.Devices.Count == 0 ? "no device" : string.Join(", ", engines.Devices);
        Console.WriteLine($"Silo {settings.Cluster.SiloName} ({settings.Roles.ToString().ToLowerInvariant()}; {devices}) is {ReadyLine}.");
    }

    private static string OneLine(Exception error) => error switch
    {
        SiloStartException => error.Message,
        AggregateException { InnerExceptions: [var only] } => OneLine(only),
        Parti.Native.TorchStartException or Parti.Inference.EngineRequestException => error.Message,
        _ => $"The silo stopped: {error.GetType().Name}: {ServiceConnections.FirstLine(error)}",
    };
}
