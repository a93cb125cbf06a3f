using System.CommandLine;
using Parti.Inference.Imaging;
using Parti.Training.Data;
using Parti.Training.Scenes;

namespace Parti.Cli.Commands;

/// <summary><c>parti data</c>: the drawn scenes, and pictures of the user's own.</summary>
internal static class DataCommand
{
    private const int Size = 256;

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context) =>
        new("data", "What models learn from: drawn scenes, or pictures of your own.") { Show(context), DataCheckCommand.Create(context), Make(context) };

    private static Option<int?> Count() => CommonOptions.Number("--count", "Scenes or pictures. Default: 8.", 1, 10_000_000);

    private static Option<ulong> Seed() => new("--seed") { Description = "Seed of the stream.", DefaultValueFactory = _ => 1 };

    private static Command Show(CliContext context)
    {
        Option<int?> count = Count();
        Option<ulong> seed = Seed();
        Option<string> data = new("--data")
        {
            Description = "\"scenes\", a folder of sprites, or a folder, manifest (.jsonl, .csv, .tsv), .tar file or pattern of .tar files with your own pictures.",
            DefaultValueFactory = _ => ExampleSources.Scenes,
        };
        Command show = new("show", "Print captions in the order a training sees them.") { count, seed, data };
        show.SetAction(parsed =>
        {
            int most = parsed.GetValue(count) ?? 8;
            if (parsed.GetValue(data) == ExampleSources.Scenes)
            {
                SceneGenerator scenes = new(parsed.GetValue(seed), SceneSplit.Train);
                WriteLines(context, most, i => $"{scenes.At(i).Spec.Category}\t{scenes.At(i).Caption}");
                return ExitCodes.Done;
            }
            if (ExampleSources.IsDrawn(parsed.GetValue(data)!))
            {
                IExamples drawn = ExampleSources.Open(parsed.GetValue(data)!, new() { Seed = parsed.GetValue(seed) });
                WriteLines(context, most, i => drawn.CaptionAt(i));
                return ExitCodes.Done;
            }
            PictureExamples examples = ExampleSources.OpenPictures(parsed.GetValue(data)!, new() { Seed = parsed.GetValue(seed) });
            for (int i = 0; i < Math.Min(most, examples.Count); i++)
            {
                PictureSummary picture = examples.Summarize(i);
                context.Output.WriteLine($"{picture.Name}\t{picture.Width} x {picture.Height}\t{picture.Caption}");
            }
            DataCheckCommand.WriteCounts(context.Output, examples);
            return ExitCodes.Done;
        });
        return show;
    }

    private static Command Make(CliContext context)
    {
        Option<int?> count = Count();
        Option<ulong> seed = Seed();
        Argument<string> folder = new("folder") { Description = "Where pictures and captions.tsv go." };
        Option<string> data = new("--data") { Description = "\"scenes\", or a folder of sprites to compose.", DefaultValueFactory = _ => ExampleSources.Scenes };
        Command make = new("make", "Draw scenes into a folder: PNG pictures and captions.tsv, which --data reads.") { folder, count, seed, data };
        make.SetAction(parsed =>
        {
            string source = parsed.GetValue(data)!;
            if (!ExampleSources.IsDrawn(source))
            {
                throw new UsageException($"--data is \"{source}\", allowed is {ExampleSources.Scenes} or a folder with sprites.jsonl.");
            }

            IExamples drawn = ExampleSources.Open(source, new() { Seed = parsed.GetValue(seed) });
            string target = Directory.CreateDirectory(parsed.GetValue(folder)!).FullName;
            List<string> lines = ["image\tcaption"];
            for (int i = 0; i < (parsed.GetValue(count) ?? 8); i++)
            {
                Example example = drawn.At(i, Size);
                string name = $"{i:D6}.png";
                File.WriteAllBytes(Path.Combine(target, name), PictureEncoder.Encode(new(Size, Size, example.Pixels), PictureFormat.Png, null));
                lines.Add($"{name}\t{example.Caption}");
            }
            File.WriteAllLines(Path.Combine(target, "captions.tsv"), lines);
            context.Output.WriteLine($"Wrote {lines.Count - 1} pictures to {target}");
            return ExitCodes.Done;
        });
        return make;
    }

    private static void WriteLines(CliContext context, int count, Func<int, string> line)
    {
        for (int i = 0; i < count; i++)
        {
            context.Output.WriteLine(line(i));
        }
    }
}
