using Parti.Models.Checkpoints;

namespace Parti.Models.Families.T5;

/// <summary>Sizes of a T5 text encoder of version 1.1, whose feed-forward layers are gated (Raffel et al. 2020; FLAN-T5 has them too).</summary>
public sealed record T5Architecture
{
    /// <summary>Layers: 1 to 256.</summary>
    public required int Layers { get; init; }

    /// <summary>Width D of the residual stream: 8 to 65,536.</summary>
    public required int Width { get; init; }

    /// <summary>Attention heads: 1 to 1,024.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of a head: 1 to 1,024; heads times it need not be <see cref="Width"/>.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Width of the feed-forward layer: 8 to 262,144.</summary>
    public required int MlpWidth { get; init; }

    /// <summary>Rows of the token table, at least the tokenizer's ids: 8 to 1,048,576.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Buckets of signed distances between tokens: 4 to 1,024, even; default 32.</summary>
    public int DistanceBuckets { get; init; } = 32;

    /// <summary>Distance from which all share one bucket: 2 to 65,536; default 128.</summary>
    public int FarthestDistance { get; init; } = 128;

    /// <summary>ε of the norms; default 1e-6.</summary>
    public double Epsilon { get; init; } = 1e-6;

    internal void Validate(ManifestCheck check)
    {
        check.Range("layers", Layers, 1, 256);
        check.Range("width", Width, 8, 65_536);
        check.Range("heads", Heads, 1, 1024);
        check.Range("head_width", HeadWidth, 1, 1024);
        check.Range("mlp_width", MlpWidth, 8, 262_144);
        check.Range("vocabulary", Vocabulary, 8, 1_048_576);
        check.Require("distance_buckets", DistanceBuckets is >= 4 and <= 1024 && DistanceBuckets % 2 == 0, DistanceBuckets, "an even number from 4 to 1,024");
        check.Require("farthest_distance", FarthestDistance > DistanceBuckets / 4 && FarthestDistance <= 65_536, FarthestDistance, "above a quarter of distance_buckets to 65,536");
        check.Require("epsilon", Epsilon is > 0 and <= 0.1, Epsilon, "above 0 to 0.1");
    }
}
