using Parti.Models.Text;
using Parti.Training.Data;
using Parti.Training.Perception;
using Parti.Training.Runs;
using Parti.Training.Tests.Trainers;
using Parti.Training.Text;
using Parti.Training.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Perception;

/// <summary>A feature network trained for a short while on drawn scenes.</summary>
public sealed class TrainedFeatures : IDisposable
{
    const int Size = 32, Batch = 16, Steps = 180;

    public TrainedFeatures()
    {
        IExamples scenes = TinyNetworks.Scenes;
        Text = Tokenizer([.. Enumerable.Range(0, 500).Select(i => scenes.At(i, 8).Caption)]);
        Network = TinyNetworks.Drawn(new FeatureNetwork(new() { Channels = 8, Levels = 3, Pieces = Text.VocabularySize }), 9);
        Task = new FeatureTask(Network, Text, scenes, Size, Batch);
        using var loop = new AlternatingLoop(Task);
        Losses = loop.Run(0, Steps - 40, 4e-3);
        Task.TakeMeasures();
        Losses = [.. Losses, .. loop.Run(Steps - 40, Steps, 1e-3)];
        Measures = Task.TakeMeasures();
    }

    public TextTokenizer Text { get; }

    public FeatureNetwork Network { get; }

    public FeatureTask Task { get; }

    public double[] Losses { get; }

    public IReadOnlyDictionary<string, double> Measures { get; }

    public Tensor Pictures(int count) => PictureBatch.Pixels(TinyNetworks.At(90_000, count, Size), Size, CPU);

    public void Dispose() => Network.Dispose();

    static TextTokenizer Tokenizer(IEnumerable<string> captions)
    {
        string file = Path.GetTempFileName();
        try
        {
            SentencePieceTrainer.Train(captions, new SentencePieceTrainerOptions { VocabularySize = 320 }).Save(file);
            return TextTokenizer.Load(file, lowerCase: true);
        }
        finally
        {
            File.Delete(file);
        }
    }
}

public sealed class FeatureTests(TrainedFeatures trained) : IClassFixture<TrainedFeatures>
{
    [Fact]
    public void Train_DrawnScenes_FindsTheirPiecesMoreOftenThanChance()
    {
        double recall = trained.Measures["piece_recall"], rejection = trained.Measures["piece_rejection"];
        TestContext.Current.TestOutputHelper?.WriteLine($"recall {recall}, rejection {rejection}, loss {trained.Losses[0]} to {trained.Losses[^1]}");
        Assert.True(trained.Losses[^20..].Average() < 0.6 * trained.Losses[..20].Average(), $"Loss went from {trained.Losses[0]} to {trained.Losses[^1]}.");
        Assert.True((recall + rejection) / 2 > 0.6, $"Recall {recall}, rejection {rejection}.");
    }

    [Fact]
    public void Between_EqualPictures_IsZeroAndHasNoGradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pictures = trained.Pictures(2), made = pictures.clone().requires_grad_();
        Tensor distance = new PerceptualDistance(trained.Network).Between(pictures, made);
        Assert.Equal(0, distance.item<float>());
        distance.backward();
        Assert.Equal(0, made.grad!.abs().max().item<float>());
    }

    [Fact]
    public void Between_BlurAgainstBrightnessOfEqualError_IsLargerForBlur()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pictures = trained.Pictures(16), blurred = nn.functional.avg_pool2d(pictures, 3, 1, 1);
        Tensor shift = blurred.sub(pictures).square().mean([1, 2, 3], keepdim: true).sqrt(), shifted = pictures.add(shift);
        var distance = new PerceptualDistance(trained.Network);
        double blur = distance.Between(pictures, blurred).item<float>(), brightness = distance.Between(pictures, shifted).item<float>();
        double more = distance.Between(pictures, nn.functional.avg_pool2d(blurred, 3, 1, 1)).item<float>();
        TestContext.Current.TestOutputHelper?.WriteLine($"blur {blur}, twice {more}, brightness {brightness}");
        Assert.True(blur > brightness, $"Blur {blur}, brightness {brightness}.");
        Assert.True(more > blur, $"Blurred once {blur}, twice {more}.");
    }

    [Fact]
    public void Load_SavedNetwork_HasItsSizesAndFeatures()
    {
        using DisposeScope scope = NewDisposeScope();
        string file = Path.Combine(Directory.CreateTempSubdirectory("parti-features-").FullName, "features.safetensors");
        trained.Network.Save(file);
        using FeatureNetwork loaded = FeatureNetwork.Load(file);
        Assert.Equal(trained.Network.Sizes, loaded.Sizes);
        Tensor pictures = trained.Pictures(2);
        Assert.True(trained.Network.forward(pictures).eq(loaded.forward(pictures)).all().item<bool>());
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public void FeatureTask_OtherNumberOfPieces_IsRefused()
    {
        using var network = new FeatureNetwork(new() { Channels = 4, Levels = 2, Pieces = 5 });
        TrainingException error = Assert.Throws<SettingException>(() => new FeatureTask(network, trained.Text, TinyNetworks.Scenes, 8, 1));
        Assert.Contains("pieces is 5", error.Message, StringComparison.Ordinal);
    }
}
