using System.Text.Json;
using System.Text.Json.Nodes;
using Parti.Models.Checkpoints;
using Parti.Models.Text;
using Parti.Training.Configuration;
using Parti.Training.Runs;
using TorchSharp;

namespace Parti.Training.Recipes;

/// <summary>
/// One model in the making: <c>tokenizer.model</c> and a folder a part, each with <c>config.json</c>, <c>history.jsonl</c>, <c>metrics.csv</c>,
/// <c>timing.csv</c>, <c>curves.png</c>, <c>samples</c>, <c>checkpoint.safetensors</c> and <c>weights.safetensors</c>.
/// </summary>
/// <param name="path">The folder; made when it is first written to.</param>
public sealed class RunFolder(string path)
{
    /// <summary>Folder of the image tokenizer.</summary>
    public const string Vqgan = "vqgan";

    /// <summary>Folder of the image tokenizer with more codes.</summary>
    public const string Codes = "codes";

    /// <summary>Folder of its larger decoder.</summary>
    public const string Decoder = "decoder";

    /// <summary>Folder of the transformer.</summary>
    public const string Transformer = "transformer";

    /// <summary>Folder of the pretrained text encoder.</summary>
    public const string Text = "text";

    /// <summary>Folder of the upsampler.</summary>
    public const string Upscaler = "upscaler";

    /// <summary>Folder of the perceptual features.</summary>
    public const string Features = "features";

    /// <summary>File of a part with the identity of its data.</summary>
    internal const string DataName = "data.txt";

    const string ConfigurationName = "config.json", HistoryName = "history.jsonl", LockName = "training.lock";

    /// <summary>The folder.</summary>
    public string Root => path;

    /// <summary>File of the text tokenizer.</summary>
    public string TokenizerFile => Path.Combine(path, "tokenizer.model");

    /// <summary>Folder of a part.</summary>
    public string Part(string name) => Path.Combine(path, name);

    /// <summary>Whether a part has weights or a checkpoint.</summary>
    public bool Has(string part) => File.Exists(Weights(part)) || File.Exists(Checkpoint(part));

    /// <summary>The configuration a part was last trained with.</summary>
    /// <typeparam name="T">Its kind.</typeparam>
    /// <param name="part">Part.</param>
    /// <param name="otherwise">What holds for a part trained before configurations were kept.</param>
    public T Configuration<T>(string part, T otherwise)
        where T : PartConfiguration
    {
        string file = Path.Combine(Part(part), ConfigurationName);
        return File.Exists(file) ? ConfigurationJson.Read<T>(ConfigurationJson.ReadObject(file), file) : otherwise;
    }

    /// <summary>Begins or goes on with the training of a part: takes it from other processes, decides its configuration and writes it down.</summary>
    /// <typeparam name="T">Kind of configuration.</typeparam>
    /// <param name="part">Part.</param>
    /// <param name="preset">What holds where nothing else is said.</param>
    /// <param name="arguments">What was asked for.</param>
    /// <param name="time">Clock of the history.</param>
    /// <returns>The configuration, and what gives the part back when disposed.</returns>
    /// <exception cref="TrainingException">A setting cannot be used, another process trains the part, or there is a training already and it is not to be resumed.</exception>
    public (T Settings, IDisposable Taken) Begin<T>(string part, T preset, TrainingArguments arguments, TimeProvider time)
        where T : PartConfiguration
    {
        if (!arguments.Resume && File.Exists(Checkpoint(part)))
        {
            throw new TrainingException($"{Part(part)} has a training already; go on with --resume, or name another folder with --run.");
        }
        T basis = arguments.Resume ? Configuration(part, preset) : preset;
        T result = ConfigurationJson.Apply(basis, arguments.Changes);
        Directory.CreateDirectory(Part(part));
        FileStream taken = Take(part);
        Note(part, ConfigurationJson.Tree(result), time);
        return (result, taken);
    }

    void Note(string part, JsonObject settings, TimeProvider time)
    {
        AtomicFile.Write(Path.Combine(Part(part), ConfigurationName), stream =>
        {
            using Utf8JsonWriter json = new(stream, new() { Indented = true });
            settings.WriteTo(json);
        });
        JsonObject entry = new()
        {
            ["utc"] = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ"), ["trainer"] = typeof(RunFolder).Assembly.GetName().Version!.ToString(3), ["settings"] = settings,
        };
        File.AppendAllText(Path.Combine(Part(part), HistoryName), entry.ToJsonString() + "\n");
    }

    /// <summary>Refuses to go on with a part on other data than before, unless that is wanted.</summary>
    /// <param name="part">Part.</param>
    /// <param name="identity">What the data is now.</param>
    /// <param name="arguments">What was asked for.</param>
    /// <exception cref="TrainingException">The data has changed.</exception>
    public void RequireData(string part, string identity, TrainingArguments arguments)
    {
        string file = Path.Combine(Part(part), DataName);
        if (arguments.Resume && !arguments.NewData && File.Exists(file) && File.ReadAllText(file).Trim() is { } before && before != identity)
        {
            throw new TrainingException($"{Part(part)}: the data has changed since the training began: it was \"{before}\" and is \"{identity}\". Put it back, or go on with what there is now with --new-data.");
        }
        AtomicFile.Write(file, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(identity + "\n")));
    }

    /// <summary>The text tokenizer.</summary>
    /// <param name="lowerCase">Whether texts are lower-cased.</param>
    /// <exception cref="TrainingException">There is none yet.</exception>
    public TextTokenizer LoadText(bool lowerCase) => File.Exists(TokenizerFile)
        ? TextTokenizer.Load(TokenizerFile, lowerCase)
        : throw new TrainingException($"{TokenizerFile} is missing; make it first with: parti train tokenizer --run {path}");

    /// <summary>Reads the last weights of a part: of its checkpoint while it is in training, averaged ones where an average is kept.</summary>
    /// <typeparam name="T">Network.</typeparam>
    /// <param name="network">Network of the part's sizes; overwritten.</param>
    /// <param name="part">Part.</param>
    /// <exception cref="TrainingException">The part is not trained yet.</exception>
    /// <exception cref="CheckpointException">A file is damaged, or of other sizes.</exception>
    public T Load<T>(T network, string part)
        where T : torch.nn.Module
    {
        if (!Has(part))
        {
            throw new TrainingException($"{Part(part)} has no weights; train it first with: parti train {part} --run {path}");
        }
        // A finished or stopped training writes its weights last.
        if (File.GetLastWriteTimeUtc(Checkpoint(part)) <= File.GetLastWriteTimeUtc(Weights(part)))
        {
            using SafeTensorsReader finished = SafeTensorsReader.Open(Weights(part));
            ModuleCheckpoint.Load(network, finished);
            return network;
        }
        using SafeTensorsReader reader = SafeTensorsReader.Open(Checkpoint(part));
        bool averaged = reader.Names.Any(n => n.StartsWith(TrainingCheckpoint.AveragePrefix, StringComparison.Ordinal));
        ModuleCheckpoint.Load(network, reader, averaged ? TrainingCheckpoint.AveragePrefix : TrainingCheckpoint.NetworkPrefix);
        return network;
    }

    /// <summary>File of a part's weights.</summary>
    internal string Weights(string part) => Path.Combine(Part(part), TrainingRun.WeightsName);

    // The system gives the lock back with the process, however that ends.
    FileStream Take(string part)
    {
        string file = Path.Combine(Part(part), LockName);
        try
        {
            return new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (File.Exists(file))
        {
            throw new TrainingException($"{Part(part)} is being trained by another process; stop that one first, which leaves a checkpoint, or name another folder with --run.", error);
        }
    }

    string Checkpoint(string part) => Path.Combine(Part(part), TrainingCheckpoint.FileName);
}

/// <summary>How a training was asked for.</summary>
public sealed record TrainingArguments
{
    /// <summary>Settings asked for beside those of the preset or the run so far.</summary>
    public ConfigurationChanges Changes { get; init; } = ConfigurationChanges.None;

    /// <summary>Continue from the last checkpoint.</summary>
    public bool Resume { get; init; }

    /// <summary>Go on although the data has changed.</summary>
    public bool NewData { get; init; }

    /// <summary>Stop, with a checkpoint, after this long; null for no limit.</summary>
    public TimeSpan? MaxTime { get; init; }
}
