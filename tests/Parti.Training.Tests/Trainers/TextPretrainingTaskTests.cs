using Parti.Models.Transformer;
using Parti.Training.Runs;
using Parti.Training.Tests.Runs;
using Parti.Training.Trainers;
using TorchSharp;
using static Parti.Training.Tests.Trainers.TinyPretraining;

namespace Parti.Training.Tests.Trainers;

public sealed class TextPretrainingTaskTests : IDisposable
{
    // Data that no training here has seen.
    const long Unseen = 100_000;

    readonly string _folder = Directory.CreateTempSubdirectory("parti-pretraining-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Train_MaskedTokensOfCaptionsAlone_LearnsThem()
    {
        using PartiTransformer network = Network();
        using var task = new TextPretrainingTask(network, Tokenizer, index => Examples.At(index, 8).Caption, Options with { ContrastiveWeight = 0 });
        IReadOnlyDictionary<string, double> before = Measure(task);

        Train(task, "masked", 120);

        IReadOnlyDictionary<string, double> after = Measure(task);
        Assert.Equal(["masked_accuracy", "masked_loss"], after.Keys.Order());
        Assert.True(after["masked_loss"] < 0.7 * before["masked_loss"], $"{before["masked_loss"]} to {after["masked_loss"]}");
        Assert.True(after["masked_accuracy"] > before["masked_accuracy"] + 0.1, $"{before["masked_accuracy"]} to {after["masked_accuracy"]}");
    }

    [Fact]
    public void Train_Contrastive_FindsPartnersAboveChance()
    {
        using PartiTransformer network = Network();
        using TextPretrainingTask task = Task(network, Options with { MaskedWeight = 0 });
        IReadOnlyDictionary<string, double> before = Measure(task);

        Train(task, "contrastive", 150);

        IReadOnlyDictionary<string, double> after = Measure(task);
        Assert.Equal(["contrastive_accuracy", "contrastive_loss"], after.Keys.Order());
        Assert.InRange(before["contrastive_accuracy"], 0, 0.2);
        Assert.InRange(after["contrastive_accuracy"], 3.0 / Options.Batch, 1);
        Assert.True(after["contrastive_loss"] < before["contrastive_loss"], $"{before["contrastive_loss"]} to {after["contrastive_loss"]}");
    }

    [Fact]
    public void Train_BothObjectives_MovesTheTextEncoderAlone()
    {
        using PartiTransformer network = Network();
        using TextPretrainingTask task = Task(network, Options);
        Dictionary<string, float[]> before = Weights(network);

        Train(task, "both", 3);

        string[] moved = [.. Weights(network).Where(pair => !pair.Value.SequenceEqual(before[pair.Key])).Select(pair => pair.Key)];
        Assert.Contains(moved, name => name.StartsWith("encoder.", StringComparison.Ordinal));
        Assert.Contains("text_embedding.weight", moved);
        Assert.All(moved, name => Assert.True(name.StartsWith("encoder", StringComparison.Ordinal) || name.StartsWith("text_", StringComparison.Ordinal), name));
        Assert.Equal(
            task.ExtraState.Select(p => p.Name), task.Trained.Select(p => p.Name).Where(name => name.StartsWith("pretraining.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Train_StoppedAndResumed_EndsWithTheWeightsOfAnUndisturbedRun()
    {
        Dictionary<string, float[]> whole = TrainInParts("whole", 8), parts = TrainInParts("parts", 3, 8);
        Assert.All(whole, pair => Assert.Equal(pair.Value, parts[pair.Key]));
    }

    [Fact]
    public void Loss_EqualCaptions_DoNotCountAgainstEachOther()
    {
        using PartiTransformer network = Network();
        string caption = Examples.At(0, 8).Caption;
        using ContrastiveHead head = new(network.Architecture.Width, Options, torch.CPU);
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        (torch.Tensor ids, torch.Tensor mask) = TextBatch.Build(Tokenizer, 32, [caption, caption, "another one"]);
        torch.Tensor states = network.EncodeText(ids, mask), pictures = torch.zeros(3, 3, Options.ImageSize, Options.ImageSize);

        (torch.Tensor twins, _) = head.Loss(pictures, states, mask, [caption, caption, "another one"]);
        (torch.Tensor strangers, _) = head.Loss(pictures, states, mask, [caption, "a second", "another one"]);

        Assert.True(twins.item<float>() < strangers.item<float>());
    }

    [Fact]
    public void Loss_CaptionsWithoutTokens_IsANumber()
    {
        using PartiTransformer network = Network();
        using var task = new TextPretrainingTask(network, Tokenizer, _ => "\u200B", Options with { ContrastiveWeight = 0 });

        using torch.Tensor loss = task.Loss(0);
        loss.backward();

        Assert.Equal(0, loss.item<float>());
    }

    [Fact]
    public void Create_BadOptions_NamesThemAndTheirRange()
    {
        Assert.Contains("2 to 65536", Refusal(Options with { Batch = 1 }), StringComparison.Ordinal);
        Assert.Contains("above 0 where ContrastiveWeight is 0", Refusal(Options with { MaskedWeight = 0, ContrastiveWeight = 0 }), StringComparison.Ordinal);
        Assert.Contains("MaskedWeight must be 0 to 1000", Refusal(Options with { MaskedWeight = double.NaN }), StringComparison.Ordinal);
        Assert.Contains("above 0 to 0.9", Refusal(Options with { MaskedShare = 0 }), StringComparison.Ordinal);
        Assert.Contains("a multiple of PatchSize (7)", Refusal(Options with { PatchSize = 7 }), StringComparison.Ordinal);
        Assert.Contains("a multiple of TowerHeads (3)", Refusal(Options with { TowerHeads = 3 }), StringComparison.Ordinal);
        using PartiTransformer network = Network();
        ArgumentException alone = Assert.Throws<ArgumentException>(() => new TextPretrainingTask(network, Tokenizer, _ => "a", Options));
        Assert.Contains("set it to 0 or give examples", alone.Message, StringComparison.Ordinal);
    }

    static string Refusal(TextPretrainingOptions options)
    {
        using PartiTransformer network = Network();
        return Assert.ThrowsAny<ArgumentException>(() => Task(network, options)).Message;
    }

    Dictionary<string, float[]> TrainInParts(string name, params int[] stops)
    {
        Dictionary<string, float[]> weights = [];
        foreach (int stop in stops)
        {
            using PartiTransformer network = Network();
            using TextPretrainingTask task = Task(network, Options);
            using CancellationTokenSource source = new();
            new TrainingRun(new StoppingTask(task, stop, source), Settings(name, stops[^1]), TimeProvider.System).Train(null, source.Token);
            weights = Weights(network);
        }
        return weights;
    }

    void Train(TrainingTask task, string name, int steps)
    {
        new TrainingRun(task, Settings(name, steps), TimeProvider.System).Train(cancellationToken: TestContext.Current.CancellationToken);
        task.TakeMeasures();
    }

    TrainingOptions Settings(string name, int steps) => new()
    {
        Folder = Path.Combine(_folder, name), Steps = steps, Rates = LearningRates.Cosine(5e-3, 10), Optimiser = new() { Beta2 = 0.99 }, Resume = true,
    };

    static IReadOnlyDictionary<string, double> Measure(TextPretrainingTask task)
    {
        using IDisposable noGradient = torch.no_grad();
        task.TakeMeasures();
        for (int i = 0; i < 8; i++)
        {
            task.Loss(Unseen + i).Dispose();
        }
        return task.TakeMeasures();
    }

    static Dictionary<string, float[]> Weights(PartiTransformer network) =>
        network.named_parameters().ToDictionary(p => p.name, p => p.parameter.data<float>().ToArray());
}
