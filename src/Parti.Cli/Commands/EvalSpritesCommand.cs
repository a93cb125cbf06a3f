using System.CommandLine;
using Parti.Training.Evaluation;
using Parti.Training.Scenes;
using Parti.Training.Sprites;

namespace Parti.Cli.Commands;

/// <summary><c>parti eval sprites</c>: whether pictures of sprites show what their prompts say.</summary>
internal sealed class EvalSpritesCommand
{
    private readonly EvalTarget _target = new();
    private readonly Argument<string> _folder = new("folder") { Description = "The folder of sprites that the model was trained on." };
    private readonly EvalSampling _sampling = new("every row");
    private readonly Option<string?> _split = CommonOptions.Choice("--split", "Which fresh scenes; held-out-pairs are places that training never shows a sprite in. Default: all.", "test", "held-out-pairs", EvaluationSplits.All);

    private EvalSpritesCommand()
    {
    }

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        EvalSpritesCommand self = new();
        Command command = new(
            "sprites",
            "Scores of a model of sprites with 95 % intervals, by laying every sprite over the picture: reconstructions (ceiling), one sample a prompt, and drawn "
            + "scenes of the next caption (floor).")
        {
            self._folder, self._target.Model, self._target.Run, self._split,
        };
        self._sampling.AddTo(command);
        command.SetAction((parsed, token) => Task.Run(() => self.Score(context, parsed, token), CancellationToken.None));
        return command;
    }

    private int Score(CliContext context, ParseResult parsed, CancellationToken cancellationToken)
    {
        string? json = _sampling.JsonOf(parsed);
        SpriteSet set = SpriteSet.Open(parsed.GetValue(_folder)!);
        using EvaluatedModel model = _target.Load(parsed);
        EvaluationOptions options = new()
        {
            Prompts = _sampling.PromptsOf(parsed),
            Seed = _sampling.SeedOf(parsed),
            Splits = Splits(parsed.GetValue(_split) ?? EvaluationSplits.All),
            Settings = _sampling.SettingsOf(parsed, model),
        };
        EvalSampling.Write(context, SpriteReport.Head(model, set, options));
        IEnumerable<SpriteRow> scored = new SpriteScore(model, set).Rows(options, new EvalProgress(context.Error).Show, cancellationToken);
        List<SpriteRow> rows = EvalSampling.Write(context, scored, SpriteReport.Line);
        if (json is not null)
        {
            SpriteReport.WriteJson(json, model, set, options, rows);
        }

        return ExitCodes.Done;
    }

    private static SceneSplit[] Splits(string name) =>
        [.. EvaluationSplits.Parse(name).Where(split => name != EvaluationSplits.All || SpriteGenerator.Splits.Contains(split))];
}
