using System.Globalization;
using Parti.Models.Checkpoints;
using Parti.Training.Configuration;
using Parti.Training.Runs;
using Parti.Training.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Recipes;

/// <summary>Makes a model directory of a run, with its card and the curves of its trainings.</summary>
/// <param name="run">The run.</param>
/// <param name="time">Date of the model.</param>
public sealed class ModelExport(RunFolder run, TimeProvider time)
{
    /// <summary>Writes the model directory; files of the same names are replaced, a card that is there is kept.</summary>
    /// <param name="target">An existing or new folder.</param>
    /// <param name="options">Name and licences.</param>
    /// <exception cref="TrainingException">A part is not trained yet.</exception>
    /// <exception cref="CheckpointException">A weight is not finite or not within float16, or the name cannot be one.</exception>
    public ModelDirectory Write(string target, ExportOptions options)
    {
        RunModels models = new(run);
        bool upsampled = run.Has(RunFolder.Upscaler);
        Directory.CreateDirectory(target);
        using (DisposeScope scope = NewDisposeScope())
        {
            using IDisposable noGradient = no_grad();
            Save(models.ImageTokenizer(), target, "vqgan");
            Save(models.Transformer(), target, "transformer");
            if (upsampled)
            {
                Save(models.Upsampler(), target, "upscaler");
            }
        }
        File.Copy(run.TokenizerFile, Path.Combine(target, "tokenizer.model"), overwrite: true);
        ModelDirectory directory = ModelDirectory.Write(target, Manifest(models, options, upsampled));
        ModelCard.Write(directory, run);
        return directory;
    }

    ModelManifest Manifest(RunModels models, ExportOptions options, bool upsampled)
    {
        TransformerConfiguration settings = models.TransformerSettings;
        bool scenes = settings.Data.Source == DataConfiguration.Scenes;
        return new()
        {
            Name = options.Name,
            Architecture = new()
            {
                Transformer = models.TransformerSizes, ImageTokenizer = models.ImageTokenizerSizes, Upsampler = upsampled ? models.UpscalerSettings.Architecture : null,
            },
            TextTokenizer = new() { File = "tokenizer.model", LowerCase = settings.LowerCase },
            Sampling = settings.Sampling,
            Weights = new() { Transformer = "transformer.safetensors", ImageTokenizer = "vqgan.safetensors", Upsampler = upsampled ? "upscaler.safetensors" : null },
            Files = new Dictionary<string, ModelFile>(),
            License = new()
            {
                Weights = options.License ?? (scenes ? "Apache-2.0" : "all rights reserved"),
                Data = options.DataLicense ?? (scenes ? "procedural scenes drawn by this repository, Apache-2.0" : "not stated"),
            },
            Provenance = new()
            {
                TrainerVersion = typeof(ModelExport).Assembly.GetName().Version!.ToString(3),
                DataGeneratorVersion = scenes ? SceneGenerator.Version.ToString(CultureInfo.InvariantCulture) : DataIdentity(),
                Steps = options.Note ?? Steps(),
                Date = time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            },
        };
    }

    string Steps() => string.Join(", ", ModelCard.Parts.Where(run.Has).Select(part => $"{part} {TrainingCheckpoint.StepOf(run.Part(part))}"));

    string? DataIdentity()
    {
        string file = Path.Combine(run.Part(RunFolder.Transformer), RunFolder.DataName);
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }

    static void Save(nn.Module network, string target, string part)
    {
        using (network)
        {
            ModuleCheckpoint.Save(network, Path.Combine(target, part + ".safetensors"), TensorDataType.F16);
        }
    }
}

/// <summary>What a run does not know of the model made from it.</summary>
public sealed record ExportOptions
{
    /// <summary>Name that requests use: 1 to 64 characters of a–z, 0–9, <c>.</c>, <c>_</c> and <c>-</c>, the first a letter or digit.</summary>
    public required string Name { get; init; }

    /// <summary>How it was trained, for people; null for the steps of each part.</summary>
    public string? Note { get; init; }

    /// <summary>Licence of the weights; null for Apache-2.0 on scenes, else all rights reserved.</summary>
    public string? License { get; init; }

    /// <summary>Licence of the data; null for that of the scenes, else not stated.</summary>
    public string? DataLicense { get; init; }
}
