using System.CommandLine;
using Parti.Native;
using Parti.Training.Configuration;
using Parti.Training.Recipes;
using Parti.Training.Runs;

namespace Parti.Cli.Commands;

/// <summary><c>parti train</c>: the parts of a model, one after another in one run folder.</summary>
internal static class TrainCommand
{
    private delegate bool PartTraining<T>(ModelTraining training, T preset, TrainingArguments arguments, CancellationToken cancellationToken);

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context) => new(
        "train", "Train a model on drawn scenes or on pictures of your own: tokenizer, vqgan, transformer, upscaler, then export.")
    {
        TrainTokenizerCommand.Create(context),
        Part(context, "features", "Train the features of the perceptual loss, before vqgan where that loss is wanted.", TrainingPresets.Features, (t, p, a, c) => t.Features(p, a, c)),
        Part(context, "vqgan", "Train the image tokenizer.", TrainingPresets.Vqgan, (t, p, a, c) => t.Vqgan(p, a, c)),
        Part(context, "codes", "Give the trained image tokenizer more codes; everything else of it stays.", TrainingPresets.Codes, (t, p, a, c) => t.Codes(p, a, c)),
        Part(context, "decoder", "Train a larger decoder on the image tokenizer's frozen codes.", TrainingPresets.Decoder, (t, p, a, c) => t.Decoder(p, a, c)),
        Part(context, "text", "Train the transformer's text encoder before the transformer, on hidden words and on pictures.", TrainingPresets.Text, (t, p, a, c) => t.Text(p, a, c)),
        Part(context, "transformer", "Train the transformer on the frozen image tokenizer.", TrainingPresets.Transformer, (t, p, a, c) => t.Transformer(p, a, c)),
        Part(context, "upscaler", "Train the upsampler on the frozen image tokenizer.", TrainingPresets.Upscaler, (t, p, a, c) => t.Upscaler(p, a, c)),
        TrainExportCommand.Create(context),
    };

    private static Command Part<T>(CliContext context, string name, string description, IReadOnlyDictionary<string, T> presets, PartTraining<T> train)
        where T : PartConfiguration
    {
        TrainOptions options = new(presets.Keys);
        Command command = new(name, description);
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                T preset = options.Preset(parsed, presets);
                TorchRuntime.Start(new TorchOptions { Threads = TrainOptions.Threads(parsed) });
                ModelTraining training = new(new(parsed.GetValue(TrainOptions.Run)!), TimeProvider.System, p => Report(context, p), line => Notice(context, line));
                bool done = train(training, preset, TrainOptions.Arguments(parsed), cancellationToken);
                context.Output.WriteLine(done ? "Done." : "Stopped with a checkpoint; continue with --resume.");
                return done || !cancellationToken.IsCancellationRequested ? ExitCodes.Done : ExitCodes.Canceled;
            },
            CancellationToken.None));
        return command;
    }

    private static void Notice(CliContext context, string line)
    {
        if (line.Length > 0)
        {
            context.Output.WriteLine(line);
        }
    }

    private static void Report(CliContext context, TrainingProgress p) => context.Output.WriteLine(
        $"step {p.Step}/{p.Steps}  loss {p.Loss:F4}  {p.StepsPerSecond:F1} steps/s  {p.Left:d\\.hh\\:mm\\:ss} left  {Environment.WorkingSet >> 20} MB");
}
