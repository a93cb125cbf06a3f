using System.CommandLine;
using Parti.Models.Text;
using Parti.Training.Recipes;

namespace Parti.Cli.Commands;

/// <summary><c>parti train tokenizer</c>: a SentencePiece model from captions.</summary>
internal static class TrainTokenizerCommand
{
    private const int MostCaptions = 100_000_000;

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        Option<int?> vocabulary = CommonOptions.Number<int>("--vocabulary", "Most pieces. Default: 512, or 4,096 with pictures of your own (Parti: 16,000).", 8, 262_144);
        Option<string?> algorithm = CommonOptions.Choice("--algorithm", "How pieces are learned. Default: bpe.", "bpe", "unigram");
        Option<int?> captions = CommonOptions.Number<int>("--captions", "Most captions read. Default: 50,000 of the scenes, else all.", 1, MostCaptions);
        Option<bool> keepCase = new("--keep-case") { Description = "Tell capitals from small letters; then train the other parts with --set lower_case=false." };
        Command command = new("tokenizer", "Learn the text tokenizer from captions.") { TrainOptions.Run, TrainOptions.Data, vocabulary, algorithm, captions, keepCase };
        command.SetAction(parsed =>
        {
            RunFolder run = new(parsed.GetValue(TrainOptions.Run)!);
            bool own = !Training.Data.ExampleSources.IsDrawn(parsed.GetValue(TrainOptions.Data) ?? Training.Data.ExampleSources.Scenes);
            long skipped = TokenizerTraining.Train(run, parsed.GetValue(TrainOptions.Data), parsed.GetValue(captions) ?? (own ? MostCaptions : 50_000), new()
            {
                Algorithm = parsed.GetValue(algorithm) == "unigram" ? SentencePieceAlgorithm.Unigram : SentencePieceAlgorithm.Bpe,
                VocabularySize = parsed.GetValue(vocabulary) ?? (own ? 4096 : 512),
                LowerCase = !parsed.GetValue(keepCase),
            });
            if (skipped > 0)
            {
                context.Error.WriteLine($"Passed over {skipped} captions that are too long to learn pieces from.");
            }

            context.Output.WriteLine($"Wrote {run.TokenizerFile}");
            return ExitCodes.Done;
        });
        return command;
    }
}
