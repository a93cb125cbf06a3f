using System.CommandLine;
using Parti.Training.Evaluation;
using Parti.Training.Evaluation.Prompts;

namespace Parti.Cli.Commands;

/// <summary><c>parti eval prompts</c>: a picture for every prompt of a list, on one page to look at.</summary>
internal sealed class EvalPromptsCommand
{
    private readonly EvalTarget _target = new();
    private readonly Argument<string> _list = new("list")
    {
        Description = "Prompts: a table as PartiPrompts has it (tab separated, columns Prompt, Category, Challenge, Note), .jsonl with \"prompt\", or one a line.",
    };

    private readonly Option<string?> _out = new("--out") { Description = "Folder of page, sheets and pictures. Default: prompts/ and the list's name.", HelpName = "dir" };
    private readonly Option<int?> _limit = CommonOptions.Number("--limit", "Most prompts in all. Default: every one.", 1, EvalCommand.MostPictures);
    private readonly Option<int?> _perCategory = CommonOptions.Number("--per-category", "Most prompts a category. Default: every one.", 1, EvalCommand.MostPictures);
    private readonly Option<string?> _category = new("--category") { Description = "Only this category.", HelpName = "name" };
    private readonly Option<string?> _challenge = new("--challenge") { Description = "Only this challenge.", HelpName = "name" };
    private readonly Option<double?> _guidance = CommonOptions.Number<double>("--guidance", "Guidance scale. Default: the model's.", 0, 50);
    private readonly Option<double?> _temperature = CommonOptions.Number<double>("--temperature", "Temperature; 0 takes the likeliest token. Default: the model's.", 0, 10);
    private readonly Option<ulong?> _seed = CommonOptions.Number<ulong>("--seed", $"Seed of the pictures. Default: {EvalCommand.DefaultSeed}.", 0, ulong.MaxValue);

    private EvalPromptsCommand()
    {
    }

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        EvalPromptsCommand self = new();
        Command command = new(
            "prompts",
            "One picture a prompt of a list, at the model's native size, and a contact sheet: index.html to open in a browser, and a PNG sheet a category. "
            + "A stopped run goes on when it is started again: pictures of the same weights, prompt, seed and setting are kept.")
        {
            self._list, self._target.Model, self._target.Run, self._out, self._limit, self._perCategory, self._category, self._challenge,
            self._guidance, self._temperature, self._seed,
        };
        command.SetAction((parsed, token) => Task.Run(() => self.Make(context, parsed, token), CancellationToken.None));
        return command;
    }

    private int Make(CliContext context, ParseResult parsed, CancellationToken cancellationToken)
    {
        string list = parsed.GetValue(_list)!;
        IReadOnlyList<PromptEntry> entries = Selected(parsed, list);
        string folder = parsed.GetValue(_out) ?? Path.Combine("prompts", Path.GetFileNameWithoutExtension(list));
        using EvaluatedModel model = _target.Load(parsed);
        if (!model.TakesPrompts)
        {
            throw new CommandFailedException($"{model.Name} has no transformer yet; train it, or name a model that has one.");
        }

        PromptPictureOptions options = new(Setting(parsed, model), parsed.GetValue(_seed) ?? EvalCommand.DefaultSeed);
        PromptPictures pictures = new(model, options, entries, folder);
        bool finished = pictures.Make(new PromptProgress(context.Error, TimeProvider.System).Show, cancellationToken);

        // A stopped run leaves a page of what it has made.
        IReadOnlyList<string> files = ContactSheet.Write(folder, new(model.Name, Path.GetFileName(list), options, model.ImageSize), pictures);
        context.Output.WriteLine($"{Path.Combine(folder, files[0])}: {pictures.Present.Count} of {entries.Count} pictures, {files.Count - 1} sheets");
        return finished ? ExitCodes.Done : throw new OperationCanceledException(cancellationToken);
    }

    private IReadOnlyList<PromptEntry> Selected(ParseResult parsed, string list)
    {
        PromptSelection selection = new()
        {
            Limit = parsed.GetValue(_limit),
            PerCategory = parsed.GetValue(_perCategory),
            Category = parsed.GetValue(_category),
            Challenge = parsed.GetValue(_challenge),
        };
        try
        {
            return selection.From(PromptList.Read(list));
        }
        catch (InvalidDataException error)
        {
            throw new UsageException($"list: {error.Message}");
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"--{error.Message}");
        }
    }

    private SamplingSetting Setting(ParseResult parsed, EvaluatedModel model) =>
        SamplingSetting.Grid(One(parsed.GetValue(_guidance)), One(parsed.GetValue(_temperature)), model.Sampling)[0];

    private static double[] One(double? value) => value is { } given ? [given] : [];
}
