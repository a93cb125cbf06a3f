using System.CommandLine;
using Parti.Inference;
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
            Description = "\"scenes\", or a folder, manifest (.jsonl, .csv, .tsv), .tar file or pattern of .tar files with your own pictures.",
            DefaultValueFactory = _ => ExampleSources.Scenes,
        };
        Command show = new("show", "Print captions in the order a training sees them.") { count, seed, data };
        show.SetAction(parsed =>
        {
            int most = parsed.GetValue(count) ?? 8;
            if (parsed.GetValue(data) == ExampleSources.Scenes)
            {
                foreach (SceneSample sample in Samples(parsed.GetValue(seed), most))
                {
                    context.Output.WriteLine($"{sample.Spec.Category}\t{sample.Caption}");
                }
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
        Command make = new("make", "Draw scenes into a folder: PNG pictures and captions.tsv, which --data reads.") { folder, count, seed };
        make.SetAction(parsed =>
        {
            string target = Directory.CreateDirectory(parsed.GetValue(folder)!).FullName;
            List<string> lines = ["image\tcaption"];
            foreach (SceneSample sample in Samples(parsed.GetValue(seed), parsed.GetValue(count) ?? 8))
            {
                string name = $"{lines.Count - 1:D6}.png";
                Picture picture = new(Size, Size, SceneRenderer.Render(sample.Scene, Size));
                File.WriteAllBytes(Path.Combine(target, name), PictureEncoder.Encode(picture, PictureFormat.Png, null));
                lines.Add($"{name}\t{sample.Caption}");
            }
            File.WriteAllLines(Path.Combine(target, "captions.tsv"), lines);
            context.Output.WriteLine($"Wrote {lines.Count - 1} pictures to {target}");
            return ExitCodes.Done;
        });
        return make;
    }

    private static IEnumerable<SceneSample> Samples(ulong seed, int count)
    {
        SceneGenerator generator = new(seed, SceneSplit.Train);
        return Enumerable.Range(0, count).Select(i => generator.At(i));
    }
}
