using Parti.Inference.Execution;
using Parti.Inference.Sharding;
using Parti.Models.Checkpoints;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>Reading of a model directory's files.</summary>
static class FamilyFiles
{
    /// <summary>Fills a module; it is disposed where that fails.</summary>
    /// <param name="module">The module.</param>
    /// <param name="directory">The model.</param>
    /// <param name="file">Its weights.</param>
    /// <param name="key">What <c>model.json</c> calls them.</param>
    /// <param name="isOwn">Which of them are read; null for all. The module's others give their memory back.</param>
    /// <exception cref="CheckpointException">The file is not named, or a tensor is missing, left over or of another shape.</exception>
    public static T Read<T>(T module, ModelDirectory directory, string? file, string key, Func<string, bool>? isOwn = null)
        where T : torch.nn.Module
    {
        try
        {
            using SafeTensorsReader reader = directory.OpenWeights(
                file ?? throw new CheckpointException($"{directory.DirectoryPath}: {key} is missing; family {directory.Manifest.Family} needs it."), isOwn);
            ModuleCheckpoint.Load(module, reader, isOwn: isOwn);
            return module;
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <summary>Lays out a shard's layers of a decoder.</summary>
    /// <param name="directory">The model.</param>
    /// <param name="isOwn">Which weights of the transformer they have.</param>
    /// <param name="lengthOf">Numbers of a weight, by its name.</param>
    /// <param name="layout">Makes the layers of what it reads: row-major values of a weight, by its name.</param>
    /// <exception cref="CheckpointException">A file or a tensor is missing, or differs.</exception>
    public static ShardLayers Layers(ModelDirectory directory, Func<string, bool> isOwn, Func<string, long> lengthOf, Func<Func<string, float[]>, ShardLayers> layout)
    {
        ModelShare.RequireLayers(directory, isOwn);
        using SafeTensorsReader reader = directory.OpenWeights(directory.Manifest.Weights.Transformer, isOwn);
        return layout(name =>
        {
            TensorInfo info = reader.Info(name);
            if (info.Elements != lengthOf(name))
            {
                throw new CheckpointException($"{info.File}: tensor \"{name}\" has shape {info.ShapeText}; the model needs {lengthOf(name)} numbers.");
            }
            float[] values = new float[info.Elements];
            reader.ReadFloats(name, values);
            return values;
        });
    }

    /// <summary>Loads a text tokenizer and holds its ids against the architecture.</summary>
    /// <param name="directory">The model.</param>
    /// <param name="load">Makes the tokenizer of a file's full path.</param>
    /// <param name="kind">Kind that the family needs.</param>
    /// <exception cref="CheckpointException">The file cannot be read, is of another kind, or has more ids than the model has rows for.</exception>
    public static T Tokenizer<T>(ModelDirectory directory, Func<string, T> load, string kind)
        where T : Models.Text.ITextTokenizer
    {
        TextTokenizerEntry entry = directory.Manifest.TextTokenizer;
        if (entry.Kind != kind)
        {
            throw new CheckpointException($"{directory.DirectoryPath}: text_tokenizer.kind is \"{entry.Kind}\"; family {directory.Manifest.Family} needs \"{kind}\" here.");
        }
        try
        {
            T tokenizer = load(entry.File.Length == 0 ? "" : directory.PathOf(entry.File));
            int rows = directory.Manifest.Architecture.Transformer.TextVocabulary;
            return tokenizer.VocabularySize <= rows ? tokenizer : throw new CheckpointException(
                $"{entry.File} has ids up to {tokenizer.VocabularySize - 1}; architecture.transformer.text_vocabulary is {rows}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new CheckpointException(error.Message, error);
        }
    }
}
