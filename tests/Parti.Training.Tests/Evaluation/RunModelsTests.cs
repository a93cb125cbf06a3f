using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Transformer;
using Parti.Native;
using Parti.Training.Evaluation;
using Parti.Training.Recipes;
using Parti.Training.Runs;
using Parti.Training.Scenes;
using TorchSharp;

namespace Parti.Training.Tests.Evaluation;

public sealed class RunModelsTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-demo-run-").FullName;

    public RunModelsTests()
    {
        TorchRuntime.Start(new TorchOptions { Threads = 1 });
        Save(new VitVqGan(PartiPresets.DemoImageTokenizer), "vqgan");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ForEvaluation_ImageTokenizerAlone_ScoresCeilingAndFloor()
    {
        using EvaluatedModel model = new RunModels(new(_folder)).ForEvaluation();
        CompositionalOptions options = new() { Prompts = 2, Seed = 1, Splits = [SceneSplit.HeldOutCounts], Settings = [new(1, 1)] };

        Assert.False(model.TakesPrompts);
        Assert.Equal(
            [ScoredPictures.Ceiling, ScoredPictures.Floor],
            CompositionalScore.Rows(model, options, _ => { }, TestContext.Current.CancellationToken).Select(row => row.Pictures));
    }

    [Fact]
    public void ForEvaluation_WholeRun_TakesPromptsAndTheDemosDefaults()
    {
        ModelDirectory tiny = TinyModelDirectory.Create(Path.Combine(_folder, "tiny"));
        File.Copy(tiny.PathOf("tokenizer.model"), Path.Combine(_folder, "tokenizer.model"));
        Save(new PartiTransformer(PartiPresets.Demo with { TextVocabulary = tiny.LoadTextTokenizer().VocabularySize }), "transformer");
        using EvaluatedModel model = new RunModels(new(_folder)).ForEvaluation();
        using torch.Tensor tokens = model.Sample(["a red circle"], new(1, 1), 1);

        Assert.Equal([1, 64], tokens.shape);
        Assert.Equal(SamplingSetting.Grid([], [], TrainingPresets.Transformer[TrainingPresets.Demo].Sampling), SamplingSetting.Grid([], [], model.Sampling));
    }

    [Fact]
    public void ForEvaluation_TransformerInTraining_TakesItsCheckpoint()
    {
        ModelDirectory tiny = TinyModelDirectory.Create(Path.Combine(_folder, "tiny"));
        File.Copy(tiny.PathOf("tokenizer.model"), Path.Combine(_folder, "tokenizer.model"));
        Save(new PartiTransformer(PartiPresets.Demo with { TextVocabulary = tiny.LoadTextTokenizer().VocabularySize }), "transformer");
        using EvaluatedModel finished = new RunModels(new(_folder)).ForEvaluation();
        string weights = Path.Combine(_folder, "transformer", "weights.safetensors");
        using (SafeTensorsReader reader = SafeTensorsReader.Open(weights))
        using (torch.NewDisposeScope())
        {
            SafeTensorsWriter.Write(Path.Combine(_folder, "transformer", "checkpoint.safetensors"), reader.Names.ToDictionary(name => "network." + name, reader.ReadTensor));
        }
        File.Delete(weights);
        using EvaluatedModel training = new RunModels(new(_folder)).ForEvaluation();
        using torch.Tensor expected = finished.Sample(["a red circle"], new(1, 1), 1), found = training.Sample(["a red circle"], new(1, 1), 1);

        Assert.Equal(expected.data<long>().ToArray(), found.data<long>().ToArray());
    }

    [Fact]
    public void ForEvaluation_NoImageTokenizer_NamesTheFile() => Assert.Contains(
        "vqgan", Assert.Throws<TrainingException>(() => new RunModels(new(Path.Combine(_folder, "none"))).ForEvaluation()).Message, StringComparison.Ordinal);

    void Save(torch.nn.Module network, string part)
    {
        using (network)
        {
            Directory.CreateDirectory(Path.Combine(_folder, part));
            ModuleCheckpoint.Save(network, Path.Combine(_folder, part, "weights.safetensors"));
        }
    }
}
