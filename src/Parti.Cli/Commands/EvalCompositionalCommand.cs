using System.CommandLine;
using Parti.Training.Drawing;
using Parti.Training.Evaluation;

namespace Parti.Cli.Commands;

/// <summary><c>parti eval compositional</c>: whether pictures show what their prompts say.</summary>
internal sealed class EvalCompositionalCommand
{
    private const int DefaultPrompts = 500;

    private readonly EvalTarget _target = new();
    private readonly Option<int?> _prompts = CommonOptions.Number("--prompts", $"Fresh prompts a category. Default: {DefaultPrompts}.", 1, EvalCommand.MostPictures);
    private readonly Option<double[]> _guidance = CommonOptions.Numbers<double>("--guidance", "Guidance scale, or several. Default: the model's.", 0, 50);
    private readonly Option<double[]> _temperature = CommonOptions.Numbers<double>("--temperature", "Temperature, or several; 0 takes the likeliest token. Default: the model's.", 0, 10);
    private readonly Option<int[]> _bestOf = CommonOptions.Numbers(
        "--best-of", "Also score the best of so many samples a prompt, or several such numbers: chosen by likelihood as generate does, by how much likelier the prompt makes it, half way between, and by the oracle.", 1, 64);

    private readonly Option<ulong?> _seed = EvalCommand.Seed();
    private readonly Option<string?> _split = EvalCommand.Split();
    private readonly Option<string?> _json = EvalCommand.JsonFile("every row and confusion table");

    private readonly Option<bool> _int8 = EvalCommand.Int8();
    private readonly Option<string?> _chart = new("--chart") { Description = "Also draw the scores against the guidance scale to this PNG file.", HelpName = "file" };

    private EvalCompositionalCommand()
    {
    }

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        EvalCompositionalCommand self = new();
        Command command = new(
            "compositional",
            "Pixel-oracle scores with 95 % intervals: reconstructions (ceiling), one sample a prompt, and drawn scenes of the next caption (floor). "
            + "Every setting gets the same prompts and random numbers. Then how much likelier drawn relations are under their own captions than "
            + "under reversed ones. Confusion tables are printed for a single setting.")
        {
            self._target.Model, self._target.Run, self._prompts, self._guidance, self._temperature, self._bestOf, self._int8, self._seed, self._split,
            self._json, self._chart,
        };
        command.SetAction((parsed, token) => Task.Run(() => self.Score(context, parsed, token), CancellationToken.None));
        return command;
    }

    private int Score(CliContext context, ParseResult parsed, CancellationToken cancellationToken)
    {
        string? json = parsed.GetValue(_json);
        EvalCommand.RequireFolderOf(_json.Name, json);
        string? chart = parsed.GetValue(_chart);
        EvalCommand.RequireFolderOf(_chart.Name, chart);
        using EvaluatedModel model = _target.Load(parsed);
        if (parsed.GetValue(_int8))
        {
            model.QuantiseDecoder();
        }

        CompositionalOptions options = Options(parsed, model);
        WriteAll(context.Output, CompositionalText.Head(model, options));
        Action<EvaluationProgress> report = new EvalProgress(context.Error).Show;
        List<CompositionalRow> rows = Shown(context, CompositionalScore.Rows(model, options, report, cancellationToken), CompositionalText.Line);
        List<ReversedCaptionsRow> reversed = model.TakesPrompts
            ? Shown(context, ReversedCaptions.Rows(model, options, report, cancellationToken), CompositionalText.Line)
            : [];
        WriteAll(context.Output, CompositionalText.HeldOutPairs(rows));
        if (options.Settings.Count == 1)
        {
            WriteAll(context.Output, rows.Where(row => row.Pictures == ScoredPictures.Model).SelectMany(CompositionalText.Confusions));
        }

        if (json is not null)
        {
            CompositionalJson.Write(json, model, options, rows, reversed);
        }

        if (chart is not null)
        {
            PngFile.Write(chart, ScoreChart.Sheet(model.Name, options, rows).ToPng());
        }

        return ExitCodes.Done;
    }

    private CompositionalOptions Options(ParseResult parsed, EvaluatedModel model) => new()
    {
        Prompts = parsed.GetValue(_prompts) ?? DefaultPrompts,
        Seed = parsed.GetValue(_seed) ?? EvalCommand.DefaultSeed,
        Splits = EvaluationSplits.Parse(parsed.GetValue(_split) ?? "test"),
        Settings = SamplingSetting.Grid(parsed.GetValue(_guidance) ?? [], parsed.GetValue(_temperature) ?? [], model.Sampling),
        Choices = CandidateChoice.Grid(parsed.GetValue(_bestOf) ?? []),
    };

    // Rows take minutes, so each is printed as it is done.
    private static List<T> Shown<T>(CliContext context, IEnumerable<T> rows, Func<T, string> line)
    {
        List<T> done = [];
        foreach (T row in rows)
        {
            done.Add(row);
            context.Output.WriteLine(line(row));
        }

        return done;
    }

    private static void WriteAll(TextWriter output, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            output.WriteLine(line);
        }
    }
}
