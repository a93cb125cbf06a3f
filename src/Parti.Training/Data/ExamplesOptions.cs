namespace Parti.Training.Data;

/// <summary>How pictures become square examples, and which are passed over.</summary>
public sealed record ExamplesOptions
{
    /// <summary>Orders the epochs and draws crops and captions.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Which square of a picture is shown.</summary>
    public CropRule Crop { get; init; } = CropRule.Middle;

    /// <summary>
    /// Crops a picture, 0 to 1,000,000; epoch e shows crop e modulo this, so that image tokens of a crop can be kept. 0 draws a fresh one in
    /// every epoch. <see cref="CropRule.Middle"/> has one whatever stands here.
    /// </summary>
    public int Views { get; init; } = 1;

    /// <summary>Most pixels a file may claim, from 1; default 64 Mi, for which decoding takes 448 MiB.</summary>
    public long MaxPixels { get; init; } = 64L << 20;

    /// <summary>Most bytes of a picture's file, 1 to 1 GiB; default 256 MiB.</summary>
    public long MaxFileBytes { get; init; } = 256L << 20;

    /// <summary>Pictures whose shorter side has fewer pixels are passed over, from 1; by default none is, and small ones are enlarged.</summary>
    public int MinEdge { get; init; } = 1;

    /// <summary>Of drawn scenes: share, 0 to 1, of pictures that show forms without a name instead (<see cref="FormExamples"/>).</summary>
    public double Forms { get; init; }

    /// <summary>Folder of <c>skipped.csv</c>, which names each picture that is passed over once; null for no such list.</summary>
    public string? SkippedFolder { get; init; }

    internal int DistinctViews => Crop == CropRule.Middle ? 1 : Views;

    internal void Validate()
    {
        Require(Views is >= 0 and <= 1_000_000, nameof(Views), Views, "0 to 1,000,000");
        Require(MaxPixels >= 1, nameof(MaxPixels), MaxPixels, "1 and more");
        Require(MaxFileBytes is >= 1 and <= 1 << 30, nameof(MaxFileBytes), MaxFileBytes, "1 to 1,073,741,824");
        Require(MinEdge >= 1, nameof(MinEdge), MinEdge, "1 and more");
        Require(Enum.IsDefined(Crop), nameof(Crop), (long)Crop, $"one of {string.Join(", ", Enum.GetNames<CropRule>())}");
    }

    static void Require(bool holds, string name, long value, string allowed)
    {
        if (!holds)
        {
            throw new DataException($"{name} is {value}, allowed is {allowed}.");
        }
    }
}
