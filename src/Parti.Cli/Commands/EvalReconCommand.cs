using System.CommandLine;
using Parti.Inference;
using Parti.Inference.Imaging;
using Parti.Training.Evaluation;
using Parti.Training.Scenes;

namespace Parti.Cli.Commands;

/// <summary><c>parti eval recon</c>: what the image tokenizer keeps of a picture.</summary>
internal sealed class EvalReconCommand
{
    private const int DefaultPictures = 500;

    private static readonly string[] Endings = [".png", ".jpg", ".jpeg"];

    private readonly EvalTarget _target = new();
    private readonly Argument<string?> _folder = new("folder")
    {
        Description = "Also score the PNG and JPEG pictures of this folder, cut to their middle square.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<int?> _pictures = CommonOptions.Number(
        "--pictures", $"Fresh scenes a category, and most pictures of the folder. Default: {DefaultPictures}.", 1, EvalCommand.MostPictures);

    private readonly Option<ulong?> _seed = EvalCommand.Seed();
    private readonly Option<string?> _split = EvalCommand.Split();
    private readonly Option<string?> _json = EvalCommand.JsonFile("the scores");

    private EvalReconCommand()
    {
    }

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        EvalReconCommand self = new();
        Command command = new("recon", "Reconstructions of the image tokenizer: PSNR, SSIM, codes used, and the pixel oracle's ceiling with 95 % intervals.")
        {
            self._folder, self._target.Model, self._target.Run, self._pictures, self._seed, self._split, self._json,
        };
        command.SetAction((parsed, token) => Task.Run(() => self.Score(context, parsed, token), CancellationToken.None));
        return command;
    }

    private int Score(CliContext context, ParseResult parsed, CancellationToken cancellationToken)
    {
        string? json = parsed.GetValue(_json);
        EvalCommand.RequireFolderOf(_json.Name, json);
        string[] files = Files(parsed.GetValue(_folder), parsed.GetValue(_pictures) ?? DefaultPictures);
        using EvaluatedModel model = _target.Load(parsed, withTransformer: false);
        context.Output.WriteLine(ReconstructionReport.Head);
        List<ReconstructionSet> sets = [];
        foreach (ReconstructionSet set in Sets(context, parsed, model, files, cancellationToken))
        {
            sets.Add(set);
            foreach (string line in ReconstructionReport.Lines(set))
            {
                context.Output.WriteLine(line);
            }
        }

        if (json is not null)
        {
            ReconstructionReport.WriteJson(json, model, SeedOf(parsed), sets);
        }

        return ExitCodes.Done;
    }

    private IEnumerable<ReconstructionSet> Sets(
        CliContext context, ParseResult parsed, EvaluatedModel model, string[] files, CancellationToken cancellationToken)
    {
        EvalProgress progress = new(context.Error);
        foreach (SceneSplit split in EvaluationSplits.Parse(parsed.GetValue(_split) ?? "test"))
        {
            yield return ReconstructionScore.Scenes(
                model, split, parsed.GetValue(_pictures) ?? DefaultPictures, SeedOf(parsed), progress.Show, cancellationToken);
        }

        if (files.Length > 0)
        {
            IEnumerable<byte[]> pictures = files.Select(file => Read(file, model.ImageSize));
            yield return ReconstructionScore.Pictures(model, "folder", pictures, files.Length, progress.Show, cancellationToken);
        }
    }

    private ulong SeedOf(ParseResult parsed) => parsed.GetValue(_seed) ?? EvalCommand.DefaultSeed;

    private static string[] Files(string? folder, int most)
    {
        if (folder is null)
        {
            return [];
        }

        string[] found = Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder).Where(file => Endings.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal).Take(most)]
            : [];
        return found.Length > 0 ? found : throw new UsageException($"folder is \"{folder}\", allowed is a folder with PNG or JPEG pictures.");
    }

    private static byte[] Read(string file, int size)
    {
        try
        {
            Picture picture = PictureDecoder.Decode(File.ReadAllBytes(file));
            return SquarePicture.From(picture.Rgb, picture.Width, picture.Height, size);
        }
        catch (InvalidDataException error)
        {
            throw new CommandFailedException($"{file}: {error.Message} Take it out of the folder.");
        }
    }
}
