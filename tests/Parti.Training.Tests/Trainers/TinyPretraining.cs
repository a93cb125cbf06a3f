using Parti.Models.Checkpoints;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Data;
using Parti.Training.Scenes;
using Parti.Training.Text;
using Parti.Training.Trainers;
using TorchSharp;

namespace Parti.Training.Tests.Trainers;

/// <summary>A text encoder small enough to be trained in a test, and captioned scenes.</summary>
static class TinyPretraining
{
    internal static readonly IExamples Examples = new SceneExamples(new(3, SceneSplit.Train));

    internal static readonly TextTokenizer Tokenizer = TextTokenizer.Load(
        SentencePieceTrainer.Train(Enumerable.Range(0, 500).Select(i => Examples.At(i, 8).Caption), new SentencePieceTrainerOptions { VocabularySize = 380 }).ToBytes(),
        lowerCase: true);

    internal static readonly TextPretrainingOptions Options = new()
    {
        Batch = 16, ImageSize = 32, PatchSize = 8, TowerLayers = 1, TowerWidth = 32, TowerHeads = 2, EmbeddingWidth = 16,
    };

    internal static PartiTransformer Network()
    {
        torch.set_num_threads(1);
        torch.random.manual_seed(5);
        return new(new TransformerArchitecture
        {
            EncoderLayers = 1, DecoderLayers = 1, Width = 32, MlpWidth = 64, Heads = 2, TextVocabulary = Tokenizer.VocabularySize, MaxTextTokens = 32,
            CodebookSize = 16, ImageTokens = 4, GridHeight = 2, GridWidth = 2,
        });
    }

    internal static TextPretrainingTask Task(PartiTransformer network, TextPretrainingOptions options) => new(network, Tokenizer, Examples, options);
}
