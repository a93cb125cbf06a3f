using System.CommandLine;
using Parti.Training.Drawing;
using Parti.Training.Evaluation;

namespace Parti.Cli.Commands;

/// <summary><c>parti eval compositional</c>: whether pictures show what their prompts say.</summary>
internal sealed class EvalCompositionalCommand
{
    private readonly EvalTarget _target = new();
    private readonly EvalSampling _sampling = new("every row and confusion table");
    private readonly Option<int[]> _bestOf = CommonOptions.Numbers(
        "--best-of", "Also score the best of so many samples a prompt, or several such numbers: chosen by likelihood as generate does, by how much likelier the prompt makes it, half way between, and by the oracle.", 1, 64);

    private readonly Option<string?> _split = EvalCommand.Split();
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
            self._target.Model, self._target.Run, self._bestOf, self._int8, self._split, self._chart,
        };
        self._sampling.AddTo(command);
        command.SetAction((parsed, token) => Task.Run(() => self.Score(context, parsed, token), CancellationToken.None));
        return command;
    }

    private int Score(CliContext context, ParseResult parsed, CancellationToken cancellationToken)
    {
        string? json = _sampling.JsonOf(parsed);
        string? chart = parsed.GetValue(_chart);
        EvalCommand.RequireFolderOf(_chart.Name, chart);
        using EvaluatedModel model = _target.Load(parsed);
        if (parsed.GetValue(_int8))
        {
            model.QuantiseDecoder();
        }

        CompositionalOptions options = Options(parsed, model);
        EvalSampling.Write(context, CompositionalText.Head(model, options));
        Action<EvaluationProgress> report = new EvalProgress(context.Error).Show;
        List<CompositionalRow> rows = EvalSampling.Write(context, CompositionalScore.Rows(model, options, report, cancellationToken), CompositionalText.Line);
        List<ReversedCaptionsRow> reversed = model.TakesPrompts
            ? EvalSampling.Write(context, ReversedCaptions.Rows(model, options, report, cancellationToken), CompositionalText.Line)
            : [];
        EvalSampling.Write(context, CompositionalText.HeldOutPairs(rows));
        if (options.Settings.Count == 1)
        {
            EvalSampling.Write(context, rows.Where(row => row.Pictures == ScoredPictures.Model).SelectMany(CompositionalText.Confusions));
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
        Prompts = _sampling.PromptsOf(parsed),
        Seed = _sampling.SeedOf(parsed),
        Splits = EvaluationSplits.Parse(parsed.GetValue(_split) ?? "test"),
        Settings = _sampling.SettingsOf(parsed, model),
        Choices = CandidateChoice.Grid(parsed.GetValue(_bestOf) ?? []),
    };
}
