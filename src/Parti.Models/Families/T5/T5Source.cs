using System.Text.Json;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;

namespace Parti.Models.Families.T5;

/// <summary>A published T5 encoder, and the sizes that its tensors show.</summary>
sealed class T5Source
{
    /// <summary>Name of the SentencePiece model beside the checkpoint.</summary>
    internal const string PiecesFile = "spiece.model";

    private const string Distances = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
    private const string Queries = "encoder.block.0.layer.0.SelfAttention.q.weight";
    private const string Gate = "encoder.block.0.layer.1.DenseReluDense.wi_0.weight";

    // The token table has two names; a checkpoint holds both, or one of them where its writer left tied tensors out.
    private static readonly string[] Tables = ["shared.weight", "encoder.embed_tokens.weight"];

    private readonly ImportSource _source;
    private readonly string _table;

    private T5Source(ImportSource source, SourceCheckpoint checkpoint, string table) => (_source, Checkpoint, _table) = (source, checkpoint, table);

    /// <summary>The checkpoint.</summary>
    internal SourceCheckpoint Checkpoint { get; }

    /// <summary>Finds an encoder of version 1.1, whose feed-forward layers are gated.</summary>
    /// <returns>Null where there is none.</returns>
    internal static T5Source? Find(ImportSource source) => Tables
        .Select(table => source.With(table, Distances, Gate) is { } checkpoint ? new T5Source(source, checkpoint, table) : null).FirstOrDefault(found => found is not null);

    /// <summary>Sizes.</summary>
    internal T5Architecture Sizes()
    {
        int heads = Checkpoint.Size(Distances, 1);
        using JsonDocument? config = _source.JsonOf("config.json");
        JsonElement settings = config?.RootElement ?? default;
        return new()
        {
            Layers = Checkpoint.Layers(layer => $"encoder.block.{layer}.layer.0.SelfAttention.q.weight"), Width = Checkpoint.Size(_table, 1), Heads = heads,
            HeadWidth = Checkpoint.Size(Queries, 0) / heads, MlpWidth = Checkpoint.Size(Gate, 0), Vocabulary = Checkpoint.Size(_table, 0),
            DistanceBuckets = Checkpoint.Size(Distances, 0), FarthestDistance = settings.Whole("relative_attention_max_distance", 128),
            Epsilon = settings.Number("layer_norm_epsilon", 1e-6),
        };
    }

    /// <summary>The encoder's tensors by our names.</summary>
    internal IReadOnlyDictionary<string, SourceTensor> Tensors() => Checkpoint.Tensors.Values
        .Select(tensor => (Name: tensor.Name == _table ? T5KeyMap.Table : T5KeyMap.Map(tensor.Name), Tensor: tensor)).Where(pair => pair.Name is not null)
        .ToDictionary(pair => pair.Name!, pair => pair.Tensor, StringComparer.Ordinal);

    /// <summary>Keys of the checkpoint that the encoder does not need.</summary>
    internal IReadOnlyList<string> Skipped => [.. Checkpoint.Tensors.Keys.Where(name => name != _table && T5KeyMap.Map(name) is null)];

    /// <summary>Full path of the SentencePiece model.</summary>
    /// <exception cref="CheckpointException">It is not there.</exception>
    internal string Pieces() => _source.FileOf(PiecesFile)
        ?? throw new CheckpointException($"{_source.Path}: {PiecesFile} is missing; put the file of that name of the same T5 beside the checkpoint.");
}
