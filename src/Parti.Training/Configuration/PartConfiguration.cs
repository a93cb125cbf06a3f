using Parti.Training.Runs;

namespace Parti.Training.Configuration;

/// <summary>Everything that decides how one part of a model is trained; <c>config.json</c> of its run folder.</summary>
public abstract record PartConfiguration
{
    /// <summary>Pictures and captions.</summary>
    public DataConfiguration Data { get; init; } = new();

    /// <summary>Steps in all: 1 to 10¹².</summary>
    public required long Steps { get; init; }

    /// <summary>Examples a batch: 1 to 65,536.</summary>
    public required int Batch { get; init; }

    /// <summary>Batches whose gradients one step averages: 1 to 65,536.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Seed of the initial weights.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Learning rates.</summary>
    public required LearningRates Rates { get; init; }

    /// <summary>Optimiser.</summary>
    public OptimiserOptions Optimiser { get; init; } = new();

    /// <summary>Decay of a moving average of the weights: 0, for none, to below 1.</summary>
    public double Average { get; init; }

    /// <summary>Where it is computed: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, <c>mps</c>; several with commas where <see cref="TakesDevices"/>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>The devices by name: the first one has the optimiser.</summary>
    public IReadOnlyList<string> Devices => Device.Split(',');

    /// <summary>Whether several devices may share the batches of a step: a batch then changes nothing but gradients.</summary>
    public virtual bool TakesDevices => false;

    /// <summary>Steps between two rows of the metrics: 1 to 10⁶.</summary>
    public int ReportEvery { get; init; } = 50;

    /// <summary>Steps between two sample pictures, from 0; 0 for none.</summary>
    public long SamplesEvery { get; init; } = 1000;

    /// <summary>Seconds between checkpoints, from 0; 0 writes one after every step.</summary>
    public double CheckpointSeconds { get; init; } = 120;

    /// <summary>Whether the part learns from captions.</summary>
    public virtual bool ReadsCaptions => false;

    /// <summary>What the loop of the training is told.</summary>
    /// <param name="folder">Run folder of the part.</param>
    /// <param name="resume">Continue from its checkpoint.</param>
    /// <param name="maxTime">Stop, with a checkpoint, after this long; null for no limit.</param>
    public TrainingOptions Options(string folder, bool resume, TimeSpan? maxTime) => new()
    {
        Folder = folder, Steps = Steps, Rates = Rates, Optimiser = Optimiser, Accumulate = Accumulate, Average = Average, Resume = resume,
        MaxTime = maxTime, CheckpointEvery = TimeSpan.FromSeconds(CheckpointSeconds), ReportEvery = ReportEvery, SamplesEvery = SamplesEvery,
    };

    /// <summary>Refuses settings out of range.</summary>
    /// <exception cref="TrainingException">A setting is out of range.</exception>
    public virtual void Validate()
    {
        Options("", resume: false, null).Validate();
        Settings.Range("batch", Batch, 1, 65_536);
        Settings.Range("checkpoint_seconds", CheckpointSeconds, 0, 86_400);
        bool named = Devices.All(name => name is "cpu" or "mps" or "cuda" || name.StartsWith("cuda:", StringComparison.Ordinal));
        Settings.Require("device", named && (TakesDevices || Devices.Count == 1), Device, $"cpu, mps, cuda or cuda:N{(TakesDevices ? ", or several of them with commas" : "; only the transformer is trained on several")}");
        int devices = Devices.Count;
        Settings.Require("accumulate", Accumulate % devices == 0, Accumulate, $"a multiple of {devices}, as so many devices share the batches of a step");
        Data.Validate(ReadsCaptions);
    }
}

/// <summary>Which pictures and captions.</summary>
public sealed record DataConfiguration
{
    /// <summary>The procedural scenes.</summary>
    public const string Scenes = "scenes";

    /// <summary><c>scenes</c>, or a folder, manifest or archive of captioned pictures.</summary>
    public string Source { get; init; } = Scenes;

    /// <summary>Seed of their order and crops.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>
    /// Different crops of a picture that a transformer sees: 1 to 1,024. Image tokens of each are kept on disk, so that many epochs tokenize
    /// once. The other parts see a fresh crop in every epoch.
    /// </summary>
    public int Views { get; init; } = 4;

    /// <summary>
    /// Of the scenes: share, 0 to 1, of pictures that show forms without a name instead, for the parts that read no captions: an image tokenizer
    /// then has codes for parts that no named shape shows in some colour.
    /// </summary>
    public double Forms { get; init; }

    internal void Validate(bool readsCaptions)
    {
        Settings.Range("data.forms", Forms, 0, 1);
        Settings.Require("data.forms", Forms == 0 || Source == Scenes, Forms, "0 with pictures of your own");
        Settings.Require("data.forms", Forms == 0 || !readsCaptions, Forms, "0 where captions are learnt: forms have no name");
        Settings.Require("data.source", Source.Length > 0, "empty", "scenes or a path");
        Settings.Range("data.seed", Seed, 0, long.MaxValue);
        Settings.Range("data.views", Views, 1, 1024);
    }
}
