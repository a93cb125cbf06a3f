using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Data;
using Parti.Training.Evaluation;
using Parti.Training.Runs;
using Parti.Training.Scenes;
using Parti.Training.Text;
using Parti.Training.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training;

/// <summary>Trains the four parts of the demo model on procedural scenes and writes the model directory.</summary>
/// <param name="folder">Run folder: one subfolder a part.</param>
public sealed class DemoRecipe(string folder)
{
    const ulong DataSeed = 1;
    const int CorpusSize = 50_000;
    const double HighestRate = 2e-3;
    const long WarmUp = 200;

    // As the shipped weights were made: presence was raised and the text encoder trained once more when backgrounds and the colours of two
    // objects were seen to lag (docs/training.md).
    static readonly TransformerPhase[] TransformerPhases =
    [
        new() { Steps = 500, TextAlone = true, RelationsOnly = true, ReadingOrder = 0.85, Presence = 0.005 },
        new() { Steps = 1500, TextAlone = true, RelationsOnly = true, Presence = 0.005 },
        new() { Steps = 1000, Presence = 0.005, ReplacedTokens = 0.05 },
        new() { Steps = 2650, Presence = 0.005 },
        new() { Steps = 2314, Presence = 0.05 },
        new() { Steps = 3000, TextAlone = true, Presence = 0.05 },
        new() { Steps = 1361, Presence = 0.05, FirstTokenWeight = 8 },
        new() { Steps = 1900, TextAlone = true, RelationsOnly = true, Presence = 0.2 },
        new() { Steps = 1500, Presence = 0.05, FirstTokenWeight = 4 },
        new() { Steps = 9000, Presence = 0.05, FirstTokenWeight = 4 },
    ];

    // Each falls along a cosine from its first step on, until the next one's.
    static readonly (long From, double Rate, long Horizon)[] TransformerRates = [(0, HighestRate, 10_000), (7964, 1.2e-3, 4200), (9464, 1.5e-3, 3900), (12_325, 2e-3, 6000), (14_225, 1e-3, 1500), (15_725, 1.5e-3, 9000)];

    /// <summary>Steps of the demo's transformer.</summary>
    public static long TransformerSteps => TransformerPhases.Sum(phase => phase.Steps);


    /// <summary>Upsampler of the demo: 64 to 256 px.</summary>
    public static UpsamplerArchitecture Upsampling => PartiPresets.DemoUpsampler;

    /// <summary>How the demo is sampled where a request says nothing.</summary>
    public static SamplingDefaults Sampling { get; } = new() { GuidanceScale = 1.5f, Temperature = 0.7f };

    /// <summary>Run folder of a part.</summary>
    public string Part(string name) => Path.Combine(folder, name);

    /// <summary>Learns the text tokenizer from captions.</summary>
    public void TrainText()
    {
        var scenes = new SceneGenerator(DataSeed, SceneSplit.Train);
        SentencePieceModel model = SentencePieceTrainer.Train(
            Enumerable.Range(0, CorpusSize).Select(i => scenes.At(i).Caption),
            new SentencePieceTrainerOptions { VocabularySize = PartiPresets.Demo.TextVocabulary });
        Directory.CreateDirectory(folder);
        model.Save(Part("tokenizer.model"));
    }

    /// <summary>Trains the image tokenizer.</summary>
    /// <inheritdoc cref="TrainTransformer" path="/param"/>
    public bool TrainVqgan(long steps, bool resume, TimeSpan? maxTime, Action<TrainingProgress> report, CancellationToken cancellationToken)
    {
        SeedInitialWeights(1);
        using var network = new VitVqGan(PartiPresets.DemoImageTokenizer);
        using var task = new VqganTask(network, new SceneExamples(new(DataSeed, SceneSplit.Train)), new() { Batch = 16 });
        var options = new TrainingOptions
        {
            Folder = Part("vqgan"), Steps = steps, LearningRate = 1.5e-3, Beta2 = 0.99, WeightDecay = 1e-4, Resume = resume, MaxTime = maxTime,
        };
        return Finish(new TrainingRun(task, options, TimeProvider.System).Train(report, cancellationToken), network, "vqgan");
    }

    /// <summary>Trains the transformer on the frozen image tokenizer.</summary>
    /// <param name="steps">Steps in all.</param>
    /// <param name="resume">Continue from the checkpoint.</param>
    /// <param name="maxTime">Stop, with a checkpoint, after this long.</param>
    /// <param name="report">Told of progress.</param>
    /// <param name="cancellationToken">Stops after the current step, with a checkpoint.</param>
    /// <returns>True when all steps are done.</returns>
    public bool TrainTransformer(long steps, bool resume, TimeSpan? maxTime, Action<TrainingProgress> report, CancellationToken cancellationToken)
    {
        SeedInitialWeights(2);
        using VitVqGan tokenizer = LoadVqgan();
        using var network = new PartiTransformer(Sizes());
        using var task = new TransformerTask(network, tokenizer, LoadText(), new(DataSeed, SceneSplit.Train), batch: 32, TransformerPhases);
        // A code is rare in a batch of 32: a second moment that forgets between its pictures makes every one of them a giant step.
        var options = new TrainingOptions
        {
            Folder = Part("transformer"), Steps = steps, LearningRate = HighestRate, Rates = TransformerRate, Beta2 = 0.99, Resume = resume, MaxTime = maxTime,
        };
        return Finish(new TrainingRun(task, options, TimeProvider.System).Train(report, cancellationToken), network, "transformer");
    }

    /// <summary>Trains the upsampler on the frozen image tokenizer.</summary>
    /// <inheritdoc cref="TrainTransformer" path="/param"/>
    public bool TrainUpscaler(long steps, bool resume, TimeSpan? maxTime, Action<TrainingProgress> report, CancellationToken cancellationToken)
    {
        SeedInitialWeights(3);
        using VitVqGan tokenizer = LoadVqgan();
        using var network = new Upsampler(Upsampling);
        using var task = new UpsamplerTask(network, tokenizer, new SceneExamples(new(DataSeed, SceneSplit.Train)), new() { Batch = 4, Losses = PictureLosses.DemoUpsampler });
        var options = new TrainingOptions { Folder = Part("upscaler"), Steps = steps, LearningRate = 3e-3, Beta2 = 0.99, WeightDecay = 0, Resume = resume, MaxTime = maxTime };
        return Finish(new TrainingRun(task, options, TimeProvider.System).Train(report, cancellationToken), network, "upscaler");
    }

    /// <summary>Reads what is trained so far: the image tokenizer, and the transformer if there is one, from its last checkpoint while it is in training.</summary>
    /// <param name="withTransformer">False reads the image tokenizer alone.</param>
    /// <exception cref="CheckpointException">There is no image tokenizer yet, or a file is damaged.</exception>
    public EvaluatedModel LoadForEvaluation(bool withTransformer = true)
    {
        VitVqGan tokenizer = LoadVqgan();
        (PartiTransformer, TextTokenizer)? prompted = withTransformer && (File.Exists(Weights("transformer")) || File.Exists(Checkpoint("transformer")))
            ? (Load(new PartiTransformer(Sizes()), "transformer"), LoadText())
            : null;
        return new(folder, Sampling, tokenizer, prompted);
    }

    /// <summary>Writes the model directory from the trained parts.</summary>
    /// <param name="target">An existing or new folder.</param>
    /// <param name="provenance">Where the weights come from.</param>
    public void Export(string target, ModelProvenance provenance)
    {
        Directory.CreateDirectory(target);
        foreach (string part in new[] { "vqgan", "transformer", "upscaler" })
        {
            using SafeTensorsReader reader = SafeTensorsReader.Open(Weights(part));
            using DisposeScope scope = NewDisposeScope();
            SafeTensorsWriter.Write(Path.Combine(target, part + ".safetensors"), reader.Names.ToDictionary(n => n, n => reader.ReadTensor(n)), TensorDataType.F16);
        }
        File.Copy(Part("tokenizer.model"), Path.Combine(target, "tokenizer.model"), overwrite: true);
        ModelDirectory.Write(target, new()
        {
            Name = "demo",
            Architecture = new() { Transformer = Sizes(), ImageTokenizer = PartiPresets.DemoImageTokenizer, Upsampler = Upsampling },
            TextTokenizer = new() { File = "tokenizer.model", LowerCase = true },
            Sampling = Sampling,
            Weights = new() { Transformer = "transformer.safetensors", ImageTokenizer = "vqgan.safetensors", Upsampler = "upscaler.safetensors" },
            Files = new Dictionary<string, ModelFile>(),
            License = new() { Weights = "Apache-2.0", Data = "procedural scenes drawn by this repository, Apache-2.0" },
            Provenance = provenance,
        });
    }

    // A trainer owns its process, and only initial weights are drawn from the process-wide generator.
    static void SeedInitialWeights(long seed)
    {
#pragma warning disable RS0030
        manual_seed(seed);
#pragma warning restore RS0030
    }

    static double TransformerRate(long step)
    {
        (long from, double rate, long horizon) = TransformerRates.Last(fall => step >= fall.From);
        return rate * Math.Min(1, (step + 1.0) / WarmUp) * TrainingRun.Cosine(Math.Min(1, (double)(step - from) / horizon));
    }

    string Weights(string part) => Path.Combine(Part(part), "weights.safetensors");

    string Checkpoint(string part) => Path.Combine(Part(part), TrainingRun.CheckpointName);

    TextTokenizer LoadText() => TextTokenizer.Load(Part("tokenizer.model"), lowerCase: true);

    TransformerArchitecture Sizes() => PartiPresets.Demo with { TextVocabulary = LoadText().VocabularySize };

    VitVqGan LoadVqgan() => Load(new VitVqGan(PartiPresets.DemoImageTokenizer), "vqgan");

    T Load<T>(T network, string part)
        where T : nn.Module
    {
        // A finished or stopped training writes its weights last.
        bool unfinished = File.GetLastWriteTimeUtc(Checkpoint(part)) > File.GetLastWriteTimeUtc(Weights(part));
        using SafeTensorsReader reader = SafeTensorsReader.Open(unfinished ? Checkpoint(part) : Weights(part));
        ModuleCheckpoint.Load(network, reader, unfinished ? TrainingRun.NetworkPrefix : "");
        return network;
    }

    bool Finish(bool done, nn.Module network, string part)
    {
        ModuleCheckpoint.Save(network, Weights(part), TensorDataType.F32);
        return done;
    }
}
