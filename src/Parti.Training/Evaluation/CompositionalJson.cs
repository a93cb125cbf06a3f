using Parti.Training.Scenes;

namespace Parti.Training.Evaluation;

/// <summary>Compositional scores as one JSON object: rows with counts, shares 0 to 1 and intervals, and every confusion table.</summary>
public static class CompositionalJson
{
    /// <summary>Writes the report.</summary>
    /// <param name="path">A file, replaced if it is there; its folder must exist.</param>
    /// <param name="model">What was scored.</param>
    /// <param name="options">Prompts and settings.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="reversed">Reversed captions; none without a transformer.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(
        string path, EvaluatedModel model, CompositionalOptions options, IEnumerable<CompositionalRow> rows, IEnumerable<ReversedCaptionsRow> reversed) =>
        EvaluationJson.Write(path, new
        {
            Model = model.Name,
            options.Prompts,
            options.Seed,
            ScenesVersion = SceneGenerator.Version,
            Rows = rows.Select(Row),
            ReversedCaptions = reversed.Select(row => new { row.Split, row.Right, row.Reversed, RightLikelier = EvaluationJson.Of(row.RightLikelier) }),
        });

    static object Row(CompositionalRow row) => new
    {
        row.Split,
        row.Tally.Category,
        row.Pictures,
        row.Setting?.Guidance,
        row.Setting?.Temperature,
        row.Choice?.BestOf,
        row.Choice?.Order,
        AllCorrect = EvaluationJson.Of(row.Tally.AllCorrect),
        Factors = Factors(row.Tally),
        HeldOutPairs = row.Tally.HeldOutPairs.Select(pair => new { pair.Key.Color, pair.Key.Shape, AllCorrect = EvaluationJson.Of(pair.Value) }),
        Confusions = row.Tally.Confusions.Select(Table),
    };

    static Dictionary<string, object> Factors(CategoryTally tally) => Enum.GetValues<SceneFactor>().ToDictionary(
        factor => factor.ToString().ToLowerInvariant(),
        factor => (object)new { All = EvaluationJson.Of(tally.Right(factor)), Stated = EvaluationJson.Of(tally.RightWhereStated(factor)) });

    static object Table(ConfusionTable table) => new
    {
        table.Attribute,
        table.Asked,
        table.Seen,
        Pictures = Enumerable.Range(0, table.Asked.Count).Select(asked => Enumerable.Range(0, table.Seen.Count).Select(seen => table[asked, seen])),
    };
}
