using System.CommandLine;
using Parti.Native;
using Parti.Training;
using Parti.Training.Runs;

namespace Parti.Cli.Commands;

/// <summary><c>parti train</c>: the parts of the demo model, one after another in one run folder.</summary>
internal static class TrainCommand
{
    /// <summary>The run folder of every training command.</summary>
    internal static readonly Option<string> Run = new("--run") { Description = "Run folder.", DefaultValueFactory = _ => Path.Combine("runs", "demo") };

    private static readonly Option<bool> Resume = new("--resume") { Description = "Continue from the run's last checkpoint." };
    private static readonly Option<double?> MaxMinutes = new("--max-minutes") { Description = "Stop, with a checkpoint, after this many minutes." };
    private static readonly Option<int> Threads = new("--threads") { Description = "Threads, at most the cores owned.", DefaultValueFactory = _ => 1 };

    private delegate bool PartTraining(DemoRecipe recipe, long steps, bool resume, TimeSpan? maxTime, Action<TrainingProgress> report, CancellationToken token);

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        Command command = new("train", "Train the demo model on drawn scenes: tokenizer, vqgan, transformer, upscaler, then export.");
        command.Subcommands.Add(Tokenizer(context));
        command.Subcommands.Add(Part(context, "vqgan", "Train the image tokenizer.", 4000, (r, s, c, m, p, t) => r.TrainVqgan(s, c, m, p, t)));
        command.Subcommands.Add(Part(context, "transformer", "Train the transformer on the frozen image tokenizer.", DemoRecipe.TransformerSteps, (r, s, c, m, p, t) => r.TrainTransformer(s, c, m, p, t)));
        command.Subcommands.Add(Part(context, "upscaler", "Train the upsampler on the frozen image tokenizer.", 2000, (r, s, c, m, p, t) => r.TrainUpscaler(s, c, m, p, t)));
        command.Subcommands.Add(Export(context));
        return command;
    }

    private static Command Tokenizer(CliContext context)
    {
        Command command = new("tokenizer", "Learn the text tokenizer from captions.") { Run };
        command.SetAction(parsed =>
        {
            new DemoRecipe(parsed.GetValue(Run)!).TrainText();
            context.Output.WriteLine($"Wrote {Path.Combine(parsed.GetValue(Run)!, "tokenizer.model")}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Part(CliContext context, string name, string description, long defaultSteps, PartTraining train)
    {
        Option<long> steps = new("--steps") { Description = "Steps in all.", DefaultValueFactory = _ => defaultSteps };
        Command command = new(name, description) { Run, steps, Resume, MaxMinutes, Threads };
        command.SetAction((parsed, token) => Task.Run(
            () =>
            {
                TorchRuntime.Start(new TorchOptions { Threads = parsed.GetValue(Threads) });
                TimeSpan? limit = parsed.GetValue(MaxMinutes) is { } minutes ? TimeSpan.FromMinutes(minutes) : null;
                bool done = train(new(parsed.GetValue(Run)!), parsed.GetValue(steps), parsed.GetValue(Resume), limit, p => Report(context, p), token);
                context.Output.WriteLine(done ? "Done." : "Stopped with a checkpoint; continue with --resume.");
                return ExitCodes.Done;
            },
            CancellationToken.None));
        return command;
    }

    private static Command Export(CliContext context)
    {
        Argument<string> target = new("directory") { Description = "Model directory to write." };
        Option<string?> note = new("--note") { Description = "How it was trained, kept in model.json." };
        Command command = new("export", "Write a model directory from a run.") { target, Run, note };
        command.SetAction(parsed =>
        {
            new DemoRecipe(parsed.GetValue(Run)!).Export(parsed.GetValue(target)!, new()
            {
                TrainerVersion = typeof(DemoRecipe).Assembly.GetName().Version!.ToString(3),
                DataGeneratorVersion = Training.Scenes.SceneGenerator.Version.ToString(),
                Steps = parsed.GetValue(note),
                Date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd"),
            });
            context.Output.WriteLine($"Wrote {parsed.GetValue(target)}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Report(CliContext context, TrainingProgress p)
    {
        double left = (p.Steps - p.Step) / p.StepsPerSecond;
        context.Output.WriteLine($"step {p.Step}/{p.Steps}  loss {p.Loss:F4}  {p.StepsPerSecond:F1} steps/s  {TimeSpan.FromSeconds(left):hh\\:mm\\:ss} left  {Environment.WorkingSet >> 20} MB");
    }
}
