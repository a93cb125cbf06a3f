using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Parti.Inference.Sharding;

/// <summary>
/// Which of n contiguous ranges of a decoder's layers a worker holds. Number 0 is the leader: it also has everything that is no layer, from
/// the text encoder to the upsampler.
/// </summary>
/// <param name="Index">0 to <paramref name="Count"/> − 1.</param>
/// <param name="Count">Ranges, 1 to <see cref="Most"/> and at most the model's layers.</param>
public readonly record struct LayerShard(int Index, int Count)
{
    /// <summary>Most ranges.</summary>
    public const int Most = 64;

    /// <summary>One range of all layers.</summary>
    public static LayerShard Whole { get; } = new(0, 1);

    /// <summary>Whether layers are elsewhere and this worker leads.</summary>
    public bool Leads => Index == 0 && Count > 1;

    /// <summary>Reads <c>i/n</c>, i from 0.</summary>
    /// <param name="text">The text.</param>
    /// <param name="shard">The shard.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out LayerShard shard)
    {
        string[] parts = (text ?? "").Split('/');
        bool fits = int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            & int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && parts.Length == 2 && index < count && count <= Most;
        shard = fits ? new(index, count) : Whole;
        return fits;
    }

    /// <summary>Its layers of a decoder; ranges differ by one layer at most.</summary>
    /// <param name="layers">Layers of the decoder.</param>
    /// <exception cref="EngineRequestException"><c>too_many_shards</c>: a range would be empty.</exception>
    public Range Of(int layers) => Count <= layers
        ? (Index * layers / Count)..((Index + 1) * layers / Count)
        : throw new EngineRequestException("too_many_shards", $"Shard {this} of a decoder of {layers} layers would be empty; take at most {layers} shards.");

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
