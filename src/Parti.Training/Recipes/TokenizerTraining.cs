using Parti.Training.Data;
using Parti.Training.Text;

namespace Parti.Training.Recipes;

/// <summary>Learns a run's text tokenizer.</summary>
public static class TokenizerTraining
{
    /// <summary>Trains and writes it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="source">Captioned pictures, see <see cref="ExampleSources.Open"/>; null for the scenes.</param>
    /// <param name="captions">Most captions read, from 1.</param>
    /// <param name="options">Algorithm and vocabulary.</param>
    /// <returns>Lines passed over because they were too long.</returns>
    /// <exception cref="DataException">The data cannot be read.</exception>
    public static long Train(RunFolder run, string? source, int captions, SentencePieceTrainerOptions options)
    {
        IExamples examples = ExampleSources.Open(source ?? ExampleSources.Scenes);
        SentencePieceModel model = SentencePieceTrainer.Train(ExampleSources.Captions(examples, captions), options);
        Directory.CreateDirectory(run.Root);
        model.Save(run.TokenizerFile);
        return model.SkippedLines;
    }
}
