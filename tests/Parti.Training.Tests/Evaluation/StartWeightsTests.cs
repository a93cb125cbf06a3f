using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Recipes;
using Parti.Training.Runs;
using Parti.Training.Tests.Data;
using Parti.Training.Text;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Evaluation;

public sealed class StartWeightsTests : IDisposable
{
    readonly DataFolder _folder = new();
    readonly ModelDirectory _model;

    public StartWeightsTests() => _model = TinyModelDirectory.Create(_folder.At("tiny"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_OtherVocabularyAndCodes_TakesLayersPositionsAndSharedPieces()
    {
        TextTokenizer text = Text(), before = _model.LoadTextTokenizer();
        using PartiTransformer network = new(Sizes(text) with { CodebookSize = 48, MaxTextTokens = 40 }), old = Old();
        using VitVqGan images = new(_model.Manifest.Architecture.ImageTokenizer with { CodebookSize = 48 });
        Dictionary<string, Tensor> fresh = network.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
        string line = StartWeights.Load(network, images, text, _model);

        int shared = text.Vocabulary.Intersect(before.Vocabulary).Count();
        Assert.Contains($"{shared} of {text.VocabularySize} text pieces", line, StringComparison.Ordinal);
        Assert.DoesNotContain("codebook", line, StringComparison.Ordinal);
        Assert.InRange(shared, 1, text.VocabularySize - 1);
        for (int i = 0; i < text.VocabularySize; i++)
        {
            int row = before.Vocabulary.ToList().IndexOf(text.Vocabulary[i]);
            AssertEqual(row < 0 ? fresh["text_embedding.weight"][i] : old.state_dict()["text_embedding.weight"][row], network.state_dict()["text_embedding.weight"][i]);
        }
        AssertEqual(old.state_dict()["decoder.0.mlp.up.weight"], network.state_dict()["decoder.0.mlp.up.weight"]);
        AssertEqual(old.state_dict()["text_positions.weight"], network.state_dict()["text_positions.weight"].narrow(0, 0, 32));
        AssertEqual(fresh["head.weight"], network.state_dict()["head.weight"]);
    }

    [Fact]
    public void Load_SameTokenizers_IsTheModel()
    {
        TextTokenizer text = _model.LoadTextTokenizer();
        using PartiTransformer network = new(Sizes(text)), old = Old();
        using VitVqGan images = new(_model.Manifest.Architecture.ImageTokenizer);
        using (SafeTensorsReader reader = _model.OpenWeights("vqgan.safetensors"))
        {
            ModuleCheckpoint.Load(images, reader);
        }
        string line = StartWeights.Load(network, images, text, _model);

        Assert.Contains($"{text.VocabularySize} of {text.VocabularySize} text pieces are known and the codebook is the same", line, StringComparison.Ordinal);
        Assert.All(network.state_dict(), pair => AssertEqual(old.state_dict()[pair.Key].narrow(0, 0, pair.Value.shape[0]), pair.Value));
    }

    [Theory]
    [InlineData(32, 1, "it must be one of width 32")]
    [InlineData(16, 2, "as many layers")]
    public void Load_OtherLayersOrWidths_SaysWhatIsNeeded(int width, int layers, string expected)
    {
        TextTokenizer text = Text();
        using PartiTransformer network = new(Sizes(text) with { Width = width, DecoderLayers = layers });
        using VitVqGan images = new(_model.Manifest.Architecture.ImageTokenizer);

        Assert.Contains(expected, Assert.Throws<SettingException>(() => StartWeights.Load(network, images, text, _model)).Message, StringComparison.Ordinal);
    }

    TransformerArchitecture Sizes(TextTokenizer text) => _model.Manifest.Architecture.Transformer with { TextVocabulary = text.VocabularySize };

    PartiTransformer Old()
    {
        PartiTransformer old = new(_model.Manifest.Architecture.Transformer);
        using SafeTensorsReader reader = _model.OpenWeights("transformer.safetensors");
        ModuleCheckpoint.Load(old, reader);
        return old;
    }

    static TextTokenizer Text() =>
        TextTokenizer.Load(SentencePieceTrainer.Train(["a red apple", "a large fox on a beige background"], new SentencePieceTrainerOptions { VocabularySize = 290 }).ToBytes(), lowerCase: true);

    static void AssertEqual(Tensor expected, Tensor found) => Assert.Equal(expected.data<float>().ToArray(), found.data<float>().ToArray());
}
