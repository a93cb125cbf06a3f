using Microsoft.Extensions.Logging;
using Parti.Silo;
using Parti.Silo.Composition;

// Folders of models may be named briefly; everything else is configuration.
List<string> models = [];
List<string> settings = [];
for (int i = 0; i < args.Length; i++)
{
    if (args[i] == "--model-path" && i + 1 < args.Length)
    {
        models.Add(args[++i]);
    }
    else if (args[i].StartsWith("--Parti:", StringComparison.OrdinalIgnoreCase) || (i > 0 && args[i - 1].StartsWith("--Parti:", StringComparison.OrdinalIgnoreCase) && !args[i - 1].Contains('=', StringComparison.Ordinal)))
    {
        settings.Add(args[i]);
    }
    else
    {
        await Console.Error.WriteLineAsync($"{args[i]} is no argument of Parti.Silo; it takes --model-path FOLDER and settings such as --Parti:Http:Url=http://127.0.0.1:8080.");
        return 2;
    }
}

try
{
    await using PartiServer server = await PartiServer.StartAsync(
        new()
        {
            ModelPaths = models,
            OpenEngine = ProductEngine.Open,
            Logging = logging => logging.AddSimpleConsole(console => console.SingleLine = true),
        },
        [.. settings]);
    SiloSettings used = server.Settings;
    string devices = server.Devices.Count == 0 ? "no device" : string.Join(", ", server.Devices);
    Console.WriteLine($"Silo {used.Cluster.SiloName} listens at {server.Url} ({used.Roles.ToString().ToLowerInvariant()}; {devices}) until Ctrl-C.");
    await server.WaitForShutdownAsync();
    return 0;
}
catch (SiloStartException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
