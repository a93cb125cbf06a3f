using System.CommandLine;
using System.Globalization;
using Parti.Training.Configuration;
using Parti.Training.Recipes;

namespace Parti.Cli.Commands;

/// <summary>Options of the training commands. What an option sets is a setting of the configuration; <c>--set</c> reaches all of them.</summary>
internal sealed class TrainOptions
{
    /// <summary>The run folder of every training command.</summary>
    internal static readonly Option<string> Run = new("--run") { Description = "Run folder.", DefaultValueFactory = _ => Path.Combine("runs", "demo") };

    /// <summary>Captioned pictures.</summary>
    internal static readonly Option<string?> Data = new("--data")
    {
        Description = "Captioned pictures: scenes (drawn, the default), a folder of sprites or of pictures, a .jsonl, .csv or .tsv manifest, or .tar shards.",
        HelpName = "scenes|path",
    };

    private static readonly Option<long?> Steps = CommonOptions.Number<long>("--steps", "Steps in all. Default: the preset's.", 1, 1_000_000_000_000);
    private static readonly Option<int?> Batch = CommonOptions.Number<int>("--batch", "Examples a batch. Default: the preset's.", 1, 65_536);
    private static readonly Option<string?> Device = new("--device") { Description = "cpu, cuda, cuda:N or mps; for the transformer several with commas, which share the batches of a step. Default: cpu.", HelpName = "device" };
    private static readonly Option<string?> File = new("--config") { Description = "JSON file of settings, laid over the preset's.", HelpName = "file" };

    private static readonly Option<string[]> Set = new("--set")
    {
        Description = "A setting, such as losses.l2=1 or rates.falls[0].rate=1e-4; may be repeated. The run's config.json shows them all.",
        HelpName = "name=value",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> Resume = new("--resume") { Description = "Continue from the run's last checkpoint, with its configuration." };
    private static readonly Option<bool> NewData = new("--new-data") { Description = "With --resume: go on although the data has changed." };
    private static readonly Option<double?> MaxMinutes = CommonOptions.Number("--max-minutes", "Stop, with a checkpoint, after this many minutes.", 0.0, 1e6, aboveLeast: true);
    private static readonly Option<int?> ThreadCount = CommonOptions.Number<int>("--threads", "Threads, at most the cores owned. Default: 1.", 1, 1024);

    private readonly Option<string?> _preset;

    /// <summary>Options of a part.</summary>
    /// <param name="presets">Names of its presets.</param>
    internal TrainOptions(IEnumerable<string> presets) =>
        _preset = CommonOptions.Choice("--preset", "Sizes and recipe. Default: demo on scenes, sprites and laptop on those of your own where there is one.", [.. presets]);

    /// <summary>Threads to compute with.</summary>
    /// <param name="parsed">The arguments.</param>
    internal static int Threads(ParseResult parsed) => parsed.GetValue(ThreadCount) ?? 1;

    /// <summary>Adds the options to a command.</summary>
    internal void AddTo(Command command)
    {
        foreach (Option option in new Option[] { Run, Data, _preset, Steps, Batch, Device, File, Set, Resume, NewData, MaxMinutes, ThreadCount })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The preset asked for, or the one that fits the data.</summary>
    internal T Preset<T>(ParseResult parsed, IReadOnlyDictionary<string, T> presets)
        where T : PartConfiguration
    {
        string name = parsed.GetValue(_preset) ?? TrainingPresets.For(presets, parsed.GetValue(Data) ?? DataConfiguration.Scenes);
        return TrainingPresets.Named(presets, name);
    }

    /// <summary>What was asked for.</summary>
    internal static TrainingArguments Arguments(ParseResult parsed) => new()
    {
        Changes = new(parsed.GetValue(File), [.. Assignments(parsed), .. parsed.GetValue(Set)!]),
        Resume = parsed.GetValue(Resume),
        NewData = parsed.GetValue(NewData),
        MaxTime = parsed.GetValue(MaxMinutes) is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
    };

    private static IEnumerable<string> Assignments(ParseResult parsed)
    {
        (string Name, string? Value)[] all =
        [
            ("data.source", parsed.GetValue(Data)), ("steps", parsed.GetValue(Steps)?.ToString(CultureInfo.InvariantCulture)),
            ("batch", parsed.GetValue(Batch)?.ToString(CultureInfo.InvariantCulture)), ("device", parsed.GetValue(Device)),
        ];
        return all.Where(a => a.Value is not null).Select(a => $"{a.Name}={a.Value}");
    }
}
