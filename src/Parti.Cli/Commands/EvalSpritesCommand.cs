using System.CommandLine;
using Parti.Training.Evaluation;
using Parti.Training.Scenes;
using Parti.Training.Sprites;

namespace Parti.Cli.Commands;

/// <summary><c>parti eval sprites</c>: whether pictures of sprites show what their prompts say.</summary>
internal sealed class EvalSpritesCommand
{
    private const int DefaultPrompts = 500;

    private readonly EvalTarget _target = new();
    private readonly Argument<string> _folder = new("folder") { Description = "The folder of sprites that the model was trained on." };
    private readonly Option<int?> _prompts = CommonOptions.Number("--prompts", $"Fresh prompts a category. Default: {DefaultPrompts}.", 1, EvalCommand.MostPictures);
    private readonly Option<double[]> _guidance = CommonOptions.Numbers<double>("--guidance", "Guidance scale, or several. Default: the model's.", 0, 50);
    private readonly Option<double[]> _temperature = CommonOptions.Numbers<double>("--temperature", "Temperature, or several; 0 takes the likeliest token. Default: the model's.", 0, 10);
    private readonly Option<ulong?> _seed = EvalCommand.Seed();
    private readonly Option<string?> _split = CommonOptions.Choice("--split", "Which fresh scenes; held-out-pairs are places that training never shows a sprite in. Default: all.", "test", "held-out-pairs", EvaluationSplits.All);
    private readonly Option<string?> _json = EvalCommand.JsonFile("every row");

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
            self._folder, self._target.Model, self._target.Run, self._prompts, self._guidance, self._temperature, self._seed, self._split, self._json,
        };
        command.SetAction((parsed, token) => Task.Run(() => self.Score(context, parsed, token), CancellationToken.None));
        return command;
    }

    private int Score(CliContext context, ParseResult parsed, CancellationToken cancellationToken)
    {
        string? json = parsed.GetValue(_json);
        EvalCommand.RequireFolderOf(_json.Name, json);
        SpriteSet set = SpriteSet.Open(parsed.GetValue(_folder)!);
        using EvaluatedModel model = _target.Load(parsed);
        SpriteScoreOptions options = new()
        {
            Prompts = parsed.GetValue(_prompts) ?? DefaultPrompts,
            Seed = parsed.GetValue(_seed) ?? EvalCommand.DefaultSeed,
            Splits = Splits(parsed.GetValue(_split) ?? EvaluationSplits.All),
            Settings = SamplingSetting.Grid(parsed.GetValue(_guidance) ?? [], parsed.GetValue(_temperature) ?? [], model.Sampling),
        };
        foreach (string line in SpriteReport.Head(model, set, options))
        {
            context.Output.WriteLine(line);
        }

        List<SpriteRow> rows = [];
        foreach (SpriteRow row in new SpriteScore(model, set).Rows(options, new EvalProgress(context.Error).Show, cancellationToken))
        {
            rows.Add(row);
            context.Output.WriteLine(SpriteReport.Line(row));
        }

        if (json is not null)
        {
            SpriteReport.WriteJson(json, model, set, options, rows);
        }

        return ExitCodes.Done;
    }

    private static SceneSplit[] Splits(string name) =>
        [.. EvaluationSplits.Parse(name).Where(split => name != EvaluationSplits.All || SpriteGenerator.Splits.Contains(split))];
}
