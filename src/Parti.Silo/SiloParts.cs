using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Parti.Client;
using Parti.Grains;
using Parti.Grains.Imaging;
using Parti.Grains.Workers;
using Parti.Inference;
using Parti.Models.Checkpoints;
using Parti.Native;

namespace Parti.Silo;

/// <summary>What a silo consists of, be it embedded in a program or behind a web server.</summary>
internal static class SiloParts
{
    private const string Device = "cpu";

    /// <summary>The folders in which there are models.</summary>
    /// <exception cref="SiloStartException">There is no usable model in any of them.</exception>
    internal static IReadOnlyList<string> FindModels(IReadOnlyList<string> given)
    {
        IReadOnlyList<string> folders = ModelFolders.Search(given);
        ModelCatalog catalog = ModelCatalog.Find(folders);
        if (catalog.Models.Count > 0)
        {
            return folders;
        }

        throw new SiloStartException(catalog.Broken.Values.FirstOrDefault()
            ?? $"There is no model under {string.Join(", ", folders)}; name a folder of model directories with --model-path.");
    }

    /// <summary>Starts the engine on a thread of its own: libtorch takes a second or two to load, beside the silo's own start.</summary>
    internal static Task<IInferenceEngine> StartEngine(EmbeddedSiloOptions options, IReadOnlyList<string> models, ILoggerFactory loggers) => Task.Run(() =>
    {
        TorchRuntime.Start();
        EngineOptions engine = new() { Device = Device };
        foreach (string path in models)
        {
            engine.ModelPaths.Add(path);
        }

        return options.OpenEngine(engine, loggers.CreateLogger("Parti.Engine"));
    });

    /// <summary>Adds the silo, its storage and the client to a host.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="options">What the silo is made of.</param>
    /// <param name="folder">Where jobs and pictures are kept.</param>
    /// <param name="engine">The engine of the device as it starts; null for a silo without one.</param>
    internal static void AddTo(IHostApplicationBuilder builder, EmbeddedSiloOptions options, StateFolder folder, Task<IInferenceEngine>? engine)
    {
        builder.Services.AddSingleton<ILocalEngines>(new LocalEngines(engine is null ? Array.Empty<KeyValuePair<string, Task<IInferenceEngine>>>() : [KeyValuePair.Create(Device, engine)]));
        builder.Services.AddSingleton<IPictureEncoder, SkiaPictureEncoder>();
        builder.Services.AddFileResultStore(folder.Results);
        builder.Services.AddPartiOrleansClient();
        builder.UseOrleans(silo =>
        {
            (int siloPort, int gatewayPort) = LoopbackPorts.TakeTwo();
            silo.UseLocalhostClustering(siloPort, gatewayPort);
            silo.Configure<SiloOptions>(named => named.SiloName = EmbeddedSilo.SiloName);
            silo.AddFileGrainStorage(folder.Jobs);
            silo.AddPartiGrains(grains => grains.DrainBudget = options.DrainBudget);
        });
    }

    /// <summary>Warnings only, to where the program wants them.</summary>
    internal static void ConfigureLogging(ILoggingBuilder logging, EmbeddedSiloOptions options)
    {
        logging.SetMinimumLevel(LogLevel.Warning);
        options.Logging?.Invoke(logging);
    }
}
