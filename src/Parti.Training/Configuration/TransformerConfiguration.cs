using Parti.Models.Checkpoints;
using Parti.Training.Runs;
using Parti.Training.Trainers;

namespace Parti.Training.Configuration;

/// <summary>How a transformer's text encoder is trained before the transformer is (Parti §2.3).</summary>
public sealed record TextConfiguration : PartConfiguration
{
    /// <summary>Sizes of the transformer; the text vocabulary is that of the run's tokenizer.</summary>
    public required TransformerArchitecture Architecture { get; init; }

    /// <summary>Whether captions are lower-cased.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>Objectives and the image tower; their batch is that of this configuration.</summary>
    public TextPretrainingOptions Objectives { get; init; } = new();

    /// <summary>What the task is told.</summary>
    public TextPretrainingOptions Task => Objectives with { Batch = Batch };

    /// <inheritdoc />
    public override bool ReadsCaptions => true;

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        Task.Validate();
    }
}

/// <summary>How a transformer is trained.</summary>
public sealed record TransformerConfiguration : PartConfiguration
{
    /// <summary>Sizes; the text vocabulary, codebook and grid are those of the run's tokenizers.</summary>
    public required TransformerArchitecture Architecture { get; init; }

    /// <summary>Whether captions are lower-cased.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>Share, 0 to 1, of captions dropped, which guidance needs (Parti §2.4; 0.1 in most of the field).</summary>
    public double DroppedText { get; init; } = 0.1;

    /// <summary>Share, 0 to 0.9, of embeddings and of the layers' outputs that a step drops (Parti §3: 0.1).</summary>
    public double Dropout { get; init; }

    /// <summary>
    /// Whether the decoder knows image tokens by the vectors of their codes while it trains, so that codes that look alike are alike to it; the
    /// result is a transformer like any other.
    /// </summary>
    public bool CodeVectors { get; init; }

    /// <summary>
    /// A model directory whose transformer, of the same layers and widths, the first step begins with: weights of layers and positions as they
    /// are, embeddings of the text pieces that both vocabularies have, and those of image tokens where both have the same codebook. Null for random weights.
    /// </summary>
    public string? Start { get; init; }

    /// <summary>What the steps do, one phase after another; the last goes on for ever.</summary>
    public IReadOnlyList<TransformerPhase> Phases { get; init; } = [new() { Steps = 1 }];

    /// <summary>Type of projections and feed-forward layers: <c>float32</c> or <c>bfloat16</c> (Parti §3); weights, norms, logits and losses are float32.</summary>
    public string Compute { get; init; } = "float32";

    /// <summary>Whether activations are computed again in the backward pass instead of kept.</summary>
    public bool Recompute { get; init; }

    /// <summary>How the model is sampled where a request says nothing.</summary>
    public SamplingDefaults Sampling { get; init; } = new() { GuidanceScale = 1.5f };

    /// <summary>What the task is told.</summary>
    public TransformerTaskSettings Task => new() { Batch = Batch, DroppedText = DroppedText, Dropout = Dropout, CodeVectors = CodeVectors, Seed = Seed, Phases = Phases };

    /// <inheritdoc />
    public override bool TakesDevices => true;

    /// <inheritdoc />
    public override bool ReadsCaptions => true;

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        Settings.Range("dropped_text", DroppedText, 0, 1);
        Settings.Range("dropout", Dropout, 0, 0.9);
        Settings.Require("compute", Compute is "float32" or "bfloat16", Compute, "float32 or bfloat16");
        Settings.Require("phases", Phases.Count > 0, "empty", "at least one phase");
        for (int i = 0; i < Phases.Count; i++)
        {
            Phases[i].Validate($"phases[{i}]");
            Settings.Require($"phases[{i}].sketch", Device == "cpu" || !Phases[i].Sketch, Phases[i].Sketch, "false on an accelerator: its head works on the processor");
            bool scenes = Data.Source == DataConfiguration.Scenes;
            Settings.Require($"phases[{i}].relations_only", scenes || !Phases[i].RelationsOnly, Phases[i].RelationsOnly, "false with pictures of your own: only the scenes say what a relation is");
        }
    }
}
