using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Parti.Inference;
using Parti.Native;
using Parti.Silo;

if (args.Length % 2 != 0 || args.Where((_, index) => index % 2 == 0).Any(name => name != "--model-path"))
{
    await Console.Error.WriteLineAsync("Parti.Silo takes only --model-path FOLDER, any number of times.");
    return 2;
}

TaskCompletionSource stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.TrySetResult();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    await using EmbeddedSilo silo = await EmbeddedSilo.StartAsync(new()
    {
        ModelPaths = [.. args.Where((_, index) => index % 2 == 1)],
        OpenEngine = ProductEngine.Open,
        Logging = logging => logging.AddSimpleConsole(console => console.SingleLine = true),
        DrainBudget = TimeSpan.FromSeconds(10),
    });
    Console.WriteLine($"Silo {EmbeddedSilo.SiloName} works on the jobs in {silo.FolderPath} until Ctrl-C; this version has no HTTP interface.");
    await stop.Task;
    return 0;
}
catch (Exception error) when (error is SiloStartException or TorchStartException or EngineRequestException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
