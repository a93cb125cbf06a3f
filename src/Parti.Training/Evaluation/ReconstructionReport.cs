using Parti.Training.Scenes;

namespace Parti.Training.Evaluation;

/// <summary>Scores of an image tokenizer as lines for people and as JSON.</summary>
public static class ReconstructionReport
{
    /// <summary>The line above the rows.</summary>
    public static string Head { get; } = $"{"set",-15} {"category",-8} {"n",6} {"PSNR dB",9} {"SSIM",7}  all correct (ceiling)";

    /// <summary>The lines of one set.</summary>
    /// <param name="set">The set.</param>
    public static IEnumerable<string> Lines(ReconstructionSet set)
    {
        foreach (ReconstructionRow row in set.Rows)
        {
            yield return $"{set.Name,-15} {row.Category,-8} {row.Pictures,6} {row.Psnr,9:F2} {row.Ssim,7:F4}  {row.AllCorrect?.ToString() ?? "-"}";
        }
        string group = set.CodesUsedPerGroup is { } share ? $"{100 * share:F1} %" : "-";
        yield return $"{set.Name,-15} codes used: {100 * set.CodesUsed:F1} % over the set, {group} in the mean of {CodeUsage.GroupSize} pictures";
    }

    /// <summary>Writes the sets as one JSON object.</summary>
    /// <param name="path">A file, replaced if it is there; its folder must exist.</param>
    /// <param name="model">What was scored.</param>
    /// <param name="seed">Of the scenes.</param>
    /// <param name="sets">The sets.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteJson(string path, EvaluatedModel model, ulong seed, IEnumerable<ReconstructionSet> sets) => EvaluationJson.Write(path, new
    {
        Model = model.Name,
        Seed = seed,
        ScenesVersion = SceneGenerator.Version,
        Sets = sets.Select(set => new { set.Name, set.CodesUsed, set.CodesUsedPerGroup, Rows = set.Rows.Select(Row) }),
    });

    static object Row(ReconstructionRow row) => new
    {
        row.Category,
        row.Pictures,
        row.Psnr,
        row.Ssim,
        AllCorrect = row.AllCorrect is { } share ? EvaluationJson.Of(share) : null,
    };
}
