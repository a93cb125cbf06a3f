using System.CommandLine;
using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.Families.Importing;
using Parti.Native;

namespace Parti.Cli.Commands;

/// <summary><c>parti models import</c>: a published checkpoint becomes a model directory.</summary>
internal sealed class ModelsImportCommand
{
    private readonly Argument<string> _source = new("source") { Description = "A checkpoint (.safetensors, .pt, .bin, .pth, .ckpt), the index of a sharded one, or a folder of them." };
    private readonly Argument<string> _destination = new("destination") { Description = "The model directory to make; one that holds an unfinished import of the same files goes on." };
    private readonly Option<string?> _family = CommonOptions.Choice("--family", "Family of the model. Default: what its tensors tell.", [.. ModelFamilies.All.Select(family => family.Name)]);
    private readonly Option<string?> _name = new("--name") { Description = "Name of the model. Default: that of the destination.", HelpName = "name" };
    private readonly Option<bool> _accept = new("--accept-licence", "--accept-license") { Description = "Accept the licence of weights whose use it restricts." };

    private ModelsImportCommand()
    {
    }

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        ModelsImportCommand self = new();
        Command command = new("import", "Make a model directory of a published checkpoint. No code of the checkpoint is run.\n\nExample:\n  parti models import ~/downloads/vqgan/last.ckpt models/vqgan")
        {
            self._source, self._destination, self._family, self._name, self._accept,
        };
        command.SetAction((parsed, cancellationToken) => Task.FromResult(self.Import(context, parsed, cancellationToken)));
        return command;
    }

    private int Import(CliContext context, ParseResult parsed, CancellationToken cancellationToken)
    {
        string destination = parsed.GetValue(_destination)!, name = parsed.GetValue(_name) ?? NameOf(destination);
        if (!ModelManifest.IsName(name))
        {
            throw new UsageException($"--name is \"{name}\", allowed is {ModelManifest.NameRule}.");
        }

        TorchRuntime.Start();
        using ImportSource source = ImportSource.Open(parsed.GetValue(_source)!);
        IModelFamily family = parsed.GetValue(_family) is { } wanted ? ModelFamilies.Get(wanted) : ModelFamilies.Recognise(source);
        ImportPlan plan = family.Plan(source, new(name));
        RequireAcceptance(context, family, parsed.GetValue(_accept));
        context.Output.WriteLine($"{family.Name}: {plan.Weights.Sum(file => file.Tensors.Count)} tensors, {ModelImporter.SizeOf(plan):N0} bytes; {plan.Skipped.Count} tensors are not needed");
        using (ImportDisplay display = new(context))
        {
            ModelImporter.Run(source, family, plan, destination, display, cancellationToken);
        }

        context.Output.WriteLine($"licence of the weights: {family.License.Weights} ({family.License.Origin})");
        context.Output.WriteLine(Path.GetFullPath(destination));
        return ExitCodes.Done;
    }

    // A person is asked; a script has to say so beforehand.
    private static void RequireAcceptance(CliContext context, IModelFamily family, bool accepted)
    {
        if (family.License.Restriction is not { } restriction || accepted)
        {
            return;
        }

        string terms = $"The weights are under {family.License.Weights} ({family.License.Origin}): {restriction}";
        if (!context.IsTerminal || Console.IsInputRedirected)
        {
            throw new UsageException($"{terms} Read it, then give --accept-licence.");
        }

        context.Output.Write($"{terms} Do you accept it? [yes/no] ");
        if (!string.Equals(Console.In.ReadLine()?.Trim(), "yes", StringComparison.OrdinalIgnoreCase))
        {
            throw new CommandFailedException("The licence was not accepted; nothing was imported.");
        }
    }

    private static string NameOf(string destination)
    {
        string folder = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination)));
        string name = string.Concat(folder.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-')).TrimStart('.', '_', '-');
        return name.Length > 0 ? name[..Math.Min(name.Length, 64)] : throw new UsageException($"No name can be made of \"{folder}\"; give --name.");
    }
}
