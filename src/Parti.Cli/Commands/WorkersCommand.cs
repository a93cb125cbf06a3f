using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Parti.Abstractions;
using Parti.Client;

namespace Parti.Cli.Commands;

/// <summary><c>parti workers list|drain</c>.</summary>
internal static class WorkersCommand
{
    /// <summary>The command group.</summary>
    internal static Command Create(CliContext context)
    {
        Command group = new("workers", "Look at the devices of a running server, and let one go.\n\nExample:\n  parti workers list --server http://127.0.0.1:8080");
        group.Subcommands.Add(List(context));
        group.Subcommands.Add(Drain(context));
        return group;
    }

    private static Command List(CliContext context)
    {
        ServerOptions server = new();
        Option<bool> json = CommonOptions.Json();
        Command command = server.AddTo(new("list", "List the living workers.") { json });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using HttpPartiClient client = Connect(context, server, parsed);
            IReadOnlyList<WorkerSnapshot> workers = await client.ListWorkersAsync(cancellationToken);
            if (parsed.GetValue(json))
            {
                context.Output.WriteLine(JsonSerializer.Serialize(new WorkerList(workers), PartiJson.Default.WorkerList));
                return ExitCodes.Done;
            }

            foreach (WorkerSnapshot worker in workers)
            {
                string state = worker.Draining ? "draining" : "serving";
                context.Output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{worker.Id}\t{state}\t{worker.SlotsInUse} of {worker.Slots} slots\t{worker.TokensPerSecond:0} tokens/s\t{worker.ImagesDone} {(worker.ImagesDone == 1 ? "image" : "images")}\t{string.Join(' ', worker.Models.Concat(worker.Refused.Select(Refusal)))}"));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static string Refusal(RefusedModel model) => $"{model.Name} (refused: has {model.Hash[..12]}, the cluster serves {model.ServedHash[..12]})";

    private static Command Drain(CliContext context)
    {
        ServerOptions server = new();
        Argument<string> id = new("id") { Description = "The worker's id, silo|device, as workers list prints it." };
        Command command = server.AddTo(new("drain", "Let a worker finish or hand over what it has and take nothing new; returns when it is idle.") { id });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using HttpPartiClient client = Connect(context, server, parsed);
            await client.DrainWorkerAsync(parsed.GetRequiredValue(id), cancellationToken);
            context.Output.WriteLine($"{parsed.GetRequiredValue(id)}\tdrained");
            return ExitCodes.Done;
        });
        return command;
    }

    private static HttpPartiClient Connect(CliContext context, ServerOptions server, ParseResult parsed) => new(server.Read(parsed, context.Environment)
        ?? throw new UsageException($"--server is missing; name a running server with it or with {ServerOptions.ServerVariable}, for example --server http://127.0.0.1:8080."));
}
