using System.CommandLine;
using Parti.Models.Checkpoints;
using Parti.Models.Families;

namespace Parti.Cli.Commands;

/// <summary><c>parti models attach</c>: an upsampler becomes a model's.</summary>
internal static class ModelsAttachCommand
{
    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        Argument<string> part = new("upsampler") { Description = "Directory of an imported upsampler." };
        Argument<string> model = new("model") { Description = "Directory of the model that gets it." };
        Command command = new("attach", "Give a model an upsampler, which makes the sizes above its native one.\n\nExample:\n  parti models attach models/esrgan-slim models/mine") { part, model };
        command.SetAction((parsed, cancellationToken) =>
        {
            ModelDirectory changed = UpsamplerAttachment.Attach(
                ModelDirectory.Open(parsed.GetValue(model)!), ComponentDirectory.Open(parsed.GetValue(part)!), cancellationToken);
            int native = changed.Manifest.Architecture.ImageTokenizer.ImageSize;
            context.Output.WriteLine($"{changed.Manifest.Name}\t{native} and {native * changed.Manifest.Architecture.Upsampler!.Factor} px\t{changed.DirectoryPath}");
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }
}
