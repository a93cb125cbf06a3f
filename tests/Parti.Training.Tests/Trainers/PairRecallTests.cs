using Parti.Models.ImageTokenizer;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Data;
using Parti.Training.Evaluation;
using Parti.Training.Runs;
using Parti.Training.Text;
using Parti.Training.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Trainers;

public sealed class PairRecallTests : IDisposable
{
    const int Pairs = 8;

    readonly string _folder = Directory.CreateTempSubdirectory("parti-recall-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // By their vectors: what is sampled is the network alone, without what made its tables.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Train_OnEightPairs_RecallsEveryImageTokenFromTheCaption(bool codeVectors)
    {
        set_num_threads(1);
        EightPairs pairs = new();
        TextTokenizer text = Tokenizer(pairs.Captions);
        using VitVqGan tokenizer = TinyNetworks.Drawn(new VitVqGan(TinyNetworks.Sizes), 3);
        using PartiTransformer network = TinyNetworks.Drawn(new PartiTransformer(Sizes(text)), 4);
        using var task = new TransformerTask(network, tokenizer, text, _ => pairs, new() { Batch = Pairs, CodeVectors = codeVectors, Phases = [new() { Steps = 1 }] });
        var options = new TrainingOptions { Folder = Path.Combine(_folder, "run"), Steps = 400, Rates = LearningRates.Cosine(3e-3, 20), Optimiser = new() { Beta2 = 0.99, WeightDecay = 0 } };
        Assert.True(new TrainingRun(task, options, TimeProvider.System).Train(null, TestContext.Current.CancellationToken));

        using DisposeScope scope = NewDisposeScope();
        Tensor wanted = tokenizer.Encode(PictureBatch.Pixels([.. pairs.All.Select(p => p.Pixels)], 16, CPU));
        long different = wanted.flatten().data<long>().Distinct().Count();
        Assert.True(different > 3, $"The pictures have only {different} codes.");
        Tensor recalled = TokenSampling.Sample(network, text, [.. pairs.Captions], new(1, 0), 1);
        Assert.Equal(wanted.data<long>().ToArray(), recalled.data<long>().ToArray());
    }

    static Parti.Models.Checkpoints.TransformerArchitecture Sizes(TextTokenizer text) => new()
    {
        EncoderLayers = 1, DecoderLayers = 2, Width = 64, MlpWidth = 128, Heads = 2, TextVocabulary = text.VocabularySize, MaxTextTokens = 32,
        CodebookSize = TinyNetworks.Sizes.CodebookSize, ImageTokens = 16, GridHeight = 4, GridWidth = 4,
    };

    TextTokenizer Tokenizer(IEnumerable<string> captions)
    {
        string file = Path.Combine(_folder, "tokenizer.model");
        SentencePieceTrainer.Train([.. captions], new() { VocabularySize = 300 }).Save(file);
        return TextTokenizer.Load(file, lowerCase: true);
    }

    /// <summary>The same eight pairs over and over, of different captions.</summary>
    sealed class EightPairs : IExamples
    {
        public IReadOnlyList<Example> All { get; } = [.. Enumerable.Range(0, 64).Select(i => TinyNetworks.Scenes.At(i, 16)).DistinctBy(e => e.Caption).Take(Pairs)];

        public IEnumerable<string> Captions => All.Select(p => p.Caption);

        public string Identity => "eight pairs";

        public long? Distinct => Pairs;

        public long Key(long index) => index % Pairs;

        public Example At(long index, int size) => All[(int)(index % Pairs)] with { Key = index % Pairs };

        public (Example Small, Example Large) PairAt(long index, int size, int factor) => throw new NotSupportedException();
    }
}
