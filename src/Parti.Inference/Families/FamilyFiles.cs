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
    /// <exception cref="CheckpointException">The file is not named, or a tensor is missing, left over or of another shape.</exception>
    public static T Read<T>(T module, ModelDirectory directory, string? file, string key)
        where T : torch.nn.Module
    {
        try
        {
            using SafeTensorsReader reader = directory.OpenWeights(
                file ?? throw new CheckpointException($"{directory.DirectoryPath}: {key} is missing; family {directory.Manifest.Family} needs it."));
            ModuleCheckpoint.Load(module, reader);
            return module;
        }
        catch
        {
            module.Dispose();
            throw;
        }
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
