using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Data;
using Parti.Training.Recipes;
using Parti.Training.Runs;
using Parti.Training.Scenes;
using Parti.Training.Tests.Evaluation;
using Parti.Training.Trainers;
using TorchSharp;

namespace Parti.Training.Tests.Runs;

public sealed class TransformerTaskTests : IDisposable
{
    const int TextSteps = 6, Steps = 15;

    static readonly TransformerPhase[] Phases =
    [
        new() { Sketch = true, Steps = TextSteps / 2, TextAlone = true, RelationsOnly = true, ReadingOrder = 0.85, Presence = 0.005 },
        new() { Sketch = true, Steps = TextSteps / 2, TextAlone = true, Presence = 0.05 },
        new() { Sketch = true, Steps = 4, Presence = 0.05, ReplacedTokens = 0.1 },
        new() { Sketch = true, Steps = 3, TextAlone = true, Presence = 0.05 },
        new() { Sketch = true, Steps = 1, Presence = 0.05, FirstTokenWeight = 8 },
    ];

    readonly string _folder = Directory.CreateTempSubdirectory("parti-transformer-").FullName;
    readonly ModelDirectory _model;

    public TransformerTaskTests() => _model = TinyModelDirectory.Create(Path.Combine(_folder, "model"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Train_StoppedWithTextAloneAndWithTheDecoder_EndsWithTheWeightsOfAnUndisturbedRun(bool codeVectors)
    {
        Dictionary<string, float[]> whole = Train("whole", Steps, codeVectors);
        Train("parts", TextSteps - 2, codeVectors);
        Train("parts", TextSteps + 3, codeVectors);
        Train("parts", TextSteps + 5, codeVectors);
        Dictionary<string, float[]> parts = Train("parts", Steps, codeVectors);
        Assert.All(whole, pair => Assert.Equal(pair.Value, parts[pair.Key]));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    public void Train_DevicesShareTheBatches_EndWithTheWeightsOfOne(bool codeVectors, int others)
    {
        Dictionary<string, float[]> one = TrainShared("one", codeVectors, 0), shared = TrainShared("shared", codeVectors, others);
        Assert.All(one, pair => Assert.Equal(pair.Value, shared[pair.Key]));
    }

    [Fact]
    public void Train_TextSteps_MoveTheTextEncoderAlone()
    {
        Dictionary<string, float[]> before = Train("none", 0), after = Train("text", TextSteps);
        string[] moved = [.. before.Where(pair => !pair.Value.SequenceEqual(after[pair.Key])).Select(pair => pair.Key)];
        Assert.Contains(moved, name => name.StartsWith("encoder.", StringComparison.Ordinal));
        Assert.All(moved, name => Assert.True(name.StartsWith("encoder", StringComparison.Ordinal) || name.StartsWith("text_", StringComparison.Ordinal), name));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(6, 2)]
    [InlineData(10, 3)]
    [InlineData(13, 4)]
    [InlineData(1000, 4)]
    public void At_AnyStep_IsThePhaseItFallsInto(long step, int phase) => Assert.Same(Phases[phase], TransformerPhase.At(Phases, step));

    Dictionary<string, float[]> Train(string name, int steps, bool codeVectors = false)
    {
        torch.set_num_threads(1);
        using var network = Load(new PartiTransformer(_model.Manifest.Architecture.Transformer), "transformer");
        using var tokenizer = Load(new VitVqGan(_model.Manifest.Architecture.ImageTokenizer), "vqgan");
        TextTokenizer text = TextTokenizer.Load(Path.Combine(_model.DirectoryPath, "tokenizer.model"), lowerCase: true);
        torch.random.manual_seed(11);
        using var task = new TransformerTask(network, tokenizer, text, Examples, new() { Batch = 2, CodeVectors = codeVectors, Phases = Phases });
        if (steps > 0)
        {
            using CancellationTokenSource stop = new();
            var options = new TrainingOptions { Folder = Path.Combine(_folder, name), Steps = Steps, Rates = LearningRates.Cosine(2e-3, 4), Resume = true };
            new TrainingRun(new StoppingTask(task, steps, stop), options, TimeProvider.System).Train(null, stop.Token);
        }
        return network.named_parameters().ToDictionary(p => p.name, p => p.parameter.data<float>().ToArray());
    }

    Dictionary<string, float[]> TrainShared(string name, bool codeVectors, int others)
    {
        torch.set_num_threads(1);
        using OwnedTasks tasks = new();
        for (int i = 0; i <= others; i++)
        {
            PartiTransformer network = tasks.Own(Load(new PartiTransformer(_model.Manifest.Architecture.Transformer), "transformer"));
            VitVqGan tokenizer = tasks.Own(Load(new VitVqGan(_model.Manifest.Architecture.ImageTokenizer), "vqgan"));
            TextTokenizer text = TextTokenizer.Load(Path.Combine(_model.DirectoryPath, "tokenizer.model"), lowerCase: true);
            tasks.Add(new TransformerTask(network, tokenizer, text, Examples, new() { Batch = 2, Dropout = 0.1, CodeVectors = codeVectors, Phases = Phases }));
        }
        Fill(tasks.Tasks[0].ExtraState);
        TrainingOptions options = new() { Folder = Path.Combine(_folder, name), Steps = Steps, Accumulate = 4, Rates = LearningRates.Cosine(2e-3, 4) };
        new TrainingRun(tasks.Tasks[0], options, TimeProvider.System, null, [.. tasks.Tasks.Skip(1)]).Train(null, TestContext.Current.CancellationToken);
        return tasks.Tasks[0].Network.named_parameters().ToDictionary(p => p.name, p => p.parameter.data<float>().ToArray());
    }

    // Whatever other tests draw from the process-wide generator meanwhile.
    static void Fill(IEnumerable<(string Name, torch.Tensor Value)> tensors)
    {
        using var generator = new torch.Generator(11);
        using IDisposable noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        foreach ((string _, torch.Tensor value) in tensors)
        {
            value.copy_(torch.randn(value.shape, generator: generator).mul(0.02));
        }
    }

    static IExamples Examples(TransformerPhase phase)
    {
        SceneGenerator scenes = new(3, SceneSplit.Train);
        return phase.RelationsOnly ? new SceneRelations(scenes, phase.ReadingOrder) : new SceneExamples(scenes);
    }

    T Load<T>(T network, string part)
        where T : torch.nn.Module
    {
        using SafeTensorsReader reader = SafeTensorsReader.Open(Path.Combine(_model.DirectoryPath, part + ".safetensors"));
        ModuleCheckpoint.Load(network, reader);
        return network;
    }
}
