using System.CommandLine;
using Parti.Native;
using Parti.Training;

namespace Parti.Cli.Commands;

/// <summary><c>parti eval</c>: scores of a run.</summary>
internal static class EvalCommand
{
    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        Option<int> count = new("--prompts") { Description = "Fresh prompts a category.", DefaultValueFactory = _ => 500 };
        Option<double> guidance = new("--guidance") { Description = "Guidance scale.", DefaultValueFactory = _ => 2 };
        Option<double> temperature = new("--temperature") { Description = "Temperature, above 0.", DefaultValueFactory = _ => 0.8 };
        Command compositional = new("compositional", "Pixel-oracle scores of reconstructions (ceiling) and of one sample a prompt, with 95 % intervals.")
        {
            TrainCommand.Run, count, guidance, temperature,
        };
        compositional.SetAction(parsed =>
        {
            TorchRuntime.Start();
            foreach (string line in new DemoRecipe(parsed.GetValue(TrainCommand.Run)!).Evaluate(parsed.GetValue(count), parsed.GetValue(guidance), parsed.GetValue(temperature)))
            {
                context.Output.WriteLine(line);
            }
            return ExitCodes.Done;
        });
        return new("eval", "Score what a run has trained.") { compositional };
    }
}
