using System.Globalization;
using Parti.Training.Data;

namespace Parti.Training.Recipes;

/// <summary>Says what the data of a training is and what of it was passed over.</summary>
/// <param name="examples">The data.</param>
/// <param name="folder">Folder of <c>skipped.csv</c>.</param>
sealed class DataNotice(IExamples examples, string folder)
{
    /// <summary>A line before the first step; empty for drawn scenes.</summary>
    public string Begin() => examples switch
    {
        PictureExamples pictures => string.Create(CultureInfo.InvariantCulture, $"{pictures.Count} captioned pictures ({pictures.Kind}).{Skipped(pictures)}"),
        SpriteExamples sprites => string.Create(CultureInfo.InvariantCulture, $"Scenes of {sprites.Set.Sprites.Count} sprites."),
        _ => "",
    };

    /// <summary>A line after the last step; empty where nothing was passed over.</summary>
    public string End() => examples is PictureExamples pictures ? Skipped(pictures).TrimStart() : "";

    string Skipped(PictureExamples pictures)
    {
        (SkipReason Reason, long Count)[] counts = [.. pictures.Skipped.Where(s => s.Value > 0).Select(s => (s.Key, s.Value))];
        return counts.Length == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $" Passed over so far: {counts.Sum(c => c.Count)} ({string.Join(", ", counts.Select(c => $"{c.Count} {c.Reason}"))}); {Path.Combine(folder, "skipped.csv")} names them.");
    }
}
