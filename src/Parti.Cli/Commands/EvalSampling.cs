using System.CommandLine;
using Parti.Training.Evaluation;

namespace Parti.Cli.Commands;

/// <summary>What every score of a model's own pictures asks for: how many prompts, how they are sampled, and where the rows go.</summary>
/// <param name="rows">What the JSON file holds.</param>
internal sealed class EvalSampling(string rows)
{
    private const int DefaultPrompts = 500;

    private readonly Option<int?> _prompts = CommonOptions.Number("--prompts", $"Fresh prompts a category. Default: {DefaultPrompts}.", 1, EvalCommand.MostPictures);
    private readonly Option<double[]> _guidance = CommonOptions.Numbers<double>("--guidance", "Guidance scale, or several. Default: the model's.", 0, 50);
    private readonly Option<double[]> _temperature = CommonOptions.Numbers<double>("--temperature", "Temperature, or several; 0 takes the likeliest token. Default: the model's.", 0, 10);
    private readonly Option<ulong?> _seed = EvalCommand.Seed();
    private readonly Option<string?> _json = EvalCommand.JsonFile(rows);

    /// <summary>Adds the options to a command.</summary>
    internal void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_prompts, _guidance, _temperature, _seed, _json])
        {
            command.Add(option);
        }
    }

    /// <summary>The file that the rows go to; null where none is named.</summary>
    /// <exception cref="UsageException">The file's folder does not exist.</exception>
    internal string? JsonOf(ParseResult parsed)
    {
        string? json = parsed.GetValue(_json);
        EvalCommand.RequireFolderOf(_json.Name, json);
        return json;
    }

    internal int PromptsOf(ParseResult parsed) => parsed.GetValue(_prompts) ?? DefaultPrompts;

    internal ulong SeedOf(ParseResult parsed) => parsed.GetValue(_seed) ?? EvalCommand.DefaultSeed;

    /// <summary>Every guidance scale with every temperature.</summary>
    internal IReadOnlyList<SamplingSetting> SettingsOf(ParseResult parsed, EvaluatedModel model) =>
        SamplingSetting.Grid(parsed.GetValue(_guidance) ?? [], parsed.GetValue(_temperature) ?? [], model.Sampling);

    /// <summary>Prints lines.</summary>
    internal static void Write(CliContext context, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            context.Output.WriteLine(line);
        }
    }

    /// <summary>Prints rows, each as soon as it is there: one takes minutes.</summary>
    /// <returns>All of them.</returns>
    internal static List<T> Write<T>(CliContext context, IEnumerable<T> rows, Func<T, string> line)
    {
        List<T> done = [];
        foreach (T row in rows)
        {
            done.Add(row);
            context.Output.WriteLine(line(row));
        }

        return done;
    }
}
