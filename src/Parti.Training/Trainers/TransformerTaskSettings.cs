namespace Parti.Training.Trainers;

/// <summary>Settings of a transformer's training.</summary>
public sealed record TransformerTaskSettings
{
    /// <summary>Captions a batch, at least 1; twice as many where the text encoder trains alone.</summary>
    public required int Batch { get; init; }

    /// <summary>Share, 0 to 1, of captions dropped for guidance.</summary>
    public double DroppedText { get; init; } = 0.1;

    /// <summary>Share, 0 to 0.9, of embeddings and of the layers' outputs that a step drops.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether the decoder knows image tokens by their code vectors (<see cref="CodeTables"/>) in place of a free row each.</summary>
    public bool CodeVectors { get; init; }

    /// <summary>Of what is dropped.</summary>
    public long Seed { get; init; }

    /// <summary>What the steps do, one phase after another; the last goes on for ever.</summary>
    public required IReadOnlyList<TransformerPhase> Phases { get; init; }
}
