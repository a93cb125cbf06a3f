using Parti.Inference.Execution;
using Parti.Models.Text;
using Parti.Training.Text;

namespace Parti.Inference.Tests.Engine;

/// <summary>A model of random weights, small enough for every test, on the real runner.</summary>
sealed class TinyModel : IModelSource
{
    public const string Name = "tiny";

    public static readonly byte[] TokenizerFile = SentencePieceTrainer.Train(
        ["a red circle", "a blue square left of two green stars"], new SentencePieceTrainerOptions { VocabularySize = 300 }).ToBytes();

    public static readonly TextTokenizer Tokenizer = TextTokenizer.Load(TokenizerFile, lowerCase: true);

    public static readonly ModelDescription Description = new(Name, "hash", 12, 16, 16, [16, 32], new SamplingParams(3, 1, 0, 1));

    public IReadOnlyDictionary<string, ModelDescription> Models { get; } = new Dictionary<string, ModelDescription> { [Name] = Description };

    public IModelRunner Load(string name, int slots) => Runner(slots);

    public static ModelRunner Runner(int slots, IModelNetworks? networks = null) =>
        new(Description, Tokenizer, networks ?? new TinyNetworks(), slots);
}
