using System.CommandLine;
using Parti.Inference;
using Parti.Inference.Imaging;
using Parti.Training.Scenes;

namespace Parti.Cli.Commands;

/// <summary><c>parti data</c>: the drawn scenes.</summary>
internal static class DataCommand
{
    private const int Size = 256;

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        Option<int> count = new("--count") { Description = "Scenes.", DefaultValueFactory = _ => 8 };
        Option<ulong> seed = new("--seed") { Description = "Seed of the stream.", DefaultValueFactory = _ => 1 };
        Argument<string> folder = new("folder") { Description = "Where pictures and captions.tsv go." };
        Command show = new("show", "Print captions of drawn scenes.") { count, seed };
        show.SetAction(parsed =>
        {
            foreach (SceneSample sample in Samples(parsed.GetValue(seed), parsed.GetValue(count)))
            {
                context.Output.WriteLine($"{sample.Spec.Category}\t{sample.Caption}");
            }
            return ExitCodes.Done;
        });
        Command make = new("make", "Draw scenes into a folder: PNG pictures and captions.tsv.") { folder, count, seed };
        make.SetAction(parsed =>
        {
            string target = Directory.CreateDirectory(parsed.GetValue(folder)!).FullName;
            List<string> lines = [];
            foreach (SceneSample sample in Samples(parsed.GetValue(seed), parsed.GetValue(count)))
            {
                string name = $"{lines.Count:D6}.png";
                Picture picture = new(Size, Size, SceneRenderer.Render(sample.Scene, Size));
                File.WriteAllBytes(Path.Combine(target, name), PictureEncoder.Encode(picture, PictureFormat.Png, null));
                lines.Add($"{name}\t{sample.Caption}");
            }
            File.WriteAllLines(Path.Combine(target, "captions.tsv"), lines);
            context.Output.WriteLine($"Wrote {lines.Count} pictures to {target}");
            return ExitCodes.Done;
        });
        return new("data", "The drawn scenes the demo model learns from.") { show, make };
    }

    private static IEnumerable<SceneSample> Samples(ulong seed, int count)
    {
        SceneGenerator generator = new(seed, SceneSplit.Train);
        return Enumerable.Range(0, count).Select(i => generator.At(i));
    }
}
