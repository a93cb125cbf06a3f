using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.ImageTokenizer;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Recipes;

/// <summary>Begins the training of a transformer with the weights of a model that is there already.</summary>
static class StartWeights
{
    const string TextTable = "text_embedding.weight", TextPositions = "text_positions.weight";

    static readonly string[] OfCodes = ["image_embedding.weight", "head.weight"];

    /// <summary>Gives a transformer what it begins with: the run's text encoder, or a model; one that goes on has its weights in the checkpoint.</summary>
    /// <param name="run">The run.</param>
    /// <param name="start">A model directory; null for none.</param>
    /// <param name="resumed">Whether the training goes on.</param>
    /// <param name="network">The transformer.</param>
    /// <param name="images">Its image tokenizer.</param>
    /// <param name="text">Its text tokenizer.</param>
    /// <returns>A line that says what was taken over of a model; null for nothing.</returns>
    internal static string? Begin(RunFolder run, string? start, bool resumed, PartiTransformer network, VitVqGan images, TextTokenizer text)
    {
        Settings.Require("start", start is null || !run.Has(RunFolder.Text), start, $"null where {run.Part(RunFolder.Text)} has a text encoder to begin with");
        if (run.Has(RunFolder.Text))
        {
            run.Load(network, RunFolder.Text);
        }
        return start is null || resumed ? null : Load(network, images, text, ModelDirectory.Open(start));
    }

    /// <summary>Takes over what both have in common.</summary>
    /// <param name="network">The transformer to be trained.</param>
    /// <param name="images">Its image tokenizer.</param>
    /// <param name="text">Its text tokenizer.</param>
    /// <param name="model">The model.</param>
    /// <returns>A line that says what was taken over.</returns>
    /// <exception cref="SettingException">The model's transformer has other layers or widths.</exception>
    /// <exception cref="CheckpointException">A file is missing or damaged.</exception>
    internal static string Load(PartiTransformer network, VitVqGan images, TextTokenizer text, ModelDirectory model)
    {
        string name = model.Manifest.Name;
        Settings.Require("start", model.Manifest.Family == ModelFamilies.Parti, name, $"a model of family {ModelFamilies.Parti}");
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using SafeTensorsReader reader = model.OpenWeights(model.Manifest.Weights.Transformer);
        bool sameCodes = HasCodes(images, model);
        TextTokenizer before = model.LoadTextTokenizer();
        int pieces = 0;
        foreach ((string key, Tensor target) in network.state_dict())
        {
            if (OfCodes.Contains(key) && !sameCodes)
            {
                continue;
            }
            Tensor source = reader.Names.Contains(key)
                ? reader.ReadTensor(key).to(target.dtype)
                : throw new SettingException($"start is {name}, which has no {key}; it must be a model with as many layers.");
            switch (key)
            {
                case TextTable:
                    pieces = CopyPieces(source, before, target, text);
                    break;
                case TextPositions:
                    long rows = Math.Min(source.shape[0], target.shape[0]);
                    target.narrow(0, 0, rows).copy_(source.narrow(0, 0, rows));
                    break;
                default:
                    Settings.Require("start", source.shape.SequenceEqual(target.shape), $"{name}, whose {key} is [{string.Join(", ", source.shape)}]", $"a model where that is [{string.Join(", ", target.shape)}]");
                    target.copy_(source);
                    break;
            }
        }
        return $"Begins with {name}: {pieces} of {text.VocabularySize} text pieces are known{(sameCodes ? " and the codebook is the same" : "")}.";
    }

    static int CopyPieces(Tensor source, TextTokenizer before, Tensor target, TextTokenizer text)
    {
        Settings.Require("start", source.shape[1] == target.shape[1], $"a model of width {source.shape[1]}", $"one of width {target.shape[1]}");
        Dictionary<string, int> known = new(StringComparer.Ordinal);
        for (int i = 0; i < before.VocabularySize; i++)
        {
            known.TryAdd(before.Vocabulary[i], i);
        }
        int count = 0;
        for (int i = 0; i < text.VocabularySize; i++)
        {
            if (known.TryGetValue(text.Vocabulary[i], out int row))
            {
                using DisposeScope piece = NewDisposeScope();
                target.narrow(0, i, 1).copy_(source.narrow(0, row, 1));
                count++;
            }
        }
        return count;
    }

    static bool HasCodes(VitVqGan images, ModelDirectory model)
    {
        using SafeTensorsReader reader = model.OpenWeights(model.Manifest.Weights.ImageTokenizer);
        return reader.Names.Contains("codebook") && reader.Info("codebook").Shape.SequenceEqual(images.Codebook.shape)
            && reader.ReadTensor("codebook").to(images.Codebook.dtype).allclose(images.Codebook.cpu());
    }
}
