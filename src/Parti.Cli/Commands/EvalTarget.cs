using System.CommandLine;
using Parti.Models.Checkpoints;
using Parti.Native;
using Parti.Silo;
using Parti.Training.Evaluation;
using Parti.Training.Recipes;

namespace Parti.Cli.Commands;

/// <summary>What <c>parti eval</c> scores: a model directory, a shipped model by name, or a run folder.</summary>
internal sealed class EvalTarget
{
    /// <summary>A model.</summary>
    internal Option<string?> Model { get; } = new("--model")
    {
        Description = "Model directory, or the name of a shipped model. Default: the only one, or demo.",
        HelpName = "dir|name",
    };

    /// <summary>A run.</summary>
    internal Option<string?> Run { get; } = new("--run") { Description = "Run folder, in place of a model.", HelpName = "dir" };

    /// <summary>Loads what the arguments name.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="withTransformer">False loads the image tokenizer alone.</param>
    /// <exception cref="UsageException">Both a model and a run are named.</exception>
    /// <exception cref="CheckpointException">There is no such model, or it is damaged.</exception>
    internal EvaluatedModel Load(ParseResult parsed, bool withTransformer = true)
    {
        (string? model, string? run) = (parsed.GetValue(Model), parsed.GetValue(Run));
        if (model is not null && run is not null)
        {
            throw new UsageException("--model and --run are both given, allowed is one of them.");
        }

        if (run is not null)
        {
            TorchRuntime.Start();
            return new RunModels(new(run)).ForEvaluation(withTransformer);
        }

        ModelDirectory directory = Find(model);
        TorchRuntime.Start();
        return EvaluatedModel.Open(directory, withTransformer);
    }

    private static ModelDirectory Find(string? model) =>
        model is not null && (Directory.Exists(model) || model.AsSpan().ContainsAny('/', '\\'))
            ? ModelDirectory.Open(model)
            : ModelCatalog.Find(ModelFolders.Search()).Resolve(model);
}
