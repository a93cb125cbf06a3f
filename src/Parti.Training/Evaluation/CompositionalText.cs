using Parti.Training.Scenes;

namespace Parti.Training.Evaluation;

/// <summary>Compositional scores as lines for people.</summary>
public static class CompositionalText
{
    const int CellWidth = 9;

    static readonly SceneFactor[] Factors = Enum.GetValues<SceneFactor>();

    /// <summary>The lines above the rows.</summary>
    /// <param name="model">What is scored.</param>
    /// <param name="options">Prompts and settings.</param>
    public static IEnumerable<string> Head(EvaluatedModel model, CompositionalOptions options)
    {
        yield return $"{model.Name}: {options.Prompts} prompts a category, seed {options.Seed}, scenes version {SceneGenerator.Version}.";
        yield return "All correct with 95 % intervals; each factor in percent of the captions that state it.";
        if (model.Sampling is { TopK: > 0 } or { TopP: < 1 })
        {
            yield return $"The model's defaults cut the candidates (top-k {model.Sampling.TopK}, top-p {model.Sampling.TopP}); scores draw from all of them.";
        }
        string factors = string.Concat(Factors.Select(factor => $"{Word(factor),11}"));
        yield return $"{"split",-15} {"category",-8} {"pictures",-23} {"guidance",8} {"temp.",6} {"n",6}  {"all correct",-21}{factors}";
    }

    /// <summary>One row.</summary>
    /// <param name="row">The row.</param>
    public static string Line(CompositionalRow row)
    {
        string guidance = row.Setting is { } s ? $"{s.Guidance}" : "-", temperature = row.Setting is { } t ? $"{t.Temperature}" : "-";
        string factors = string.Concat(Factors.Select(factor => Cell(row.Tally.RightWhereStated(factor))));
        string place = $"{EvaluationSplits.NameOf(row.Split),-15} {Word(row.Tally.Category),-8} {row.Choice?.ToString() ?? Word(row.Pictures),-23}";
        return $"{place} {guidance,8} {temperature,6} {row.Tally.AllCorrect.Total,6}  {row.Tally.AllCorrect,-21}{factors}";
    }

    /// <summary>A line a pair of colour and shape that training never shows, for the rows of the model.</summary>
    /// <param name="rows">The rows.</param>
    public static IEnumerable<string> HeldOutPairs(IEnumerable<CompositionalRow> rows) =>
        from row in rows
        where row.Pictures is ScoredPictures.Model or ScoredPictures.Best
        from pair in row.Tally.HeldOutPairs
        let name = $"{SceneVocabulary.Colors[(int)pair.Key.Color].Word} {SceneVocabulary.Shapes[(int)pair.Key.Shape].Singular}"
        select $"{EvaluationSplits.NameOf(row.Split)} {Word(row.Tally.Category),-8} {row.Setting}{(row.Choice is null ? "" : $", {row.Choice}")}: {name,-16} {pair.Value,-21} of {pair.Value.Total}";

    /// <summary>Reversed captions of a split.</summary>
    /// <param name="row">The row.</param>
    public static string Line(ReversedCaptionsRow row) =>
        $"{EvaluationSplits.NameOf(row.Split)} relations: {row.Right:F2} nats a picture, {row.Reversed:F2} with the relation reversed; "
        + $"its own caption makes the picture likelier in {row.RightLikelier.ToString().TrimStart()}";

    /// <summary>The confusion tables of a row: what was asked in rows, what was seen in columns.</summary>
    /// <param name="row">The row.</param>
    public static IEnumerable<string> Confusions(CompositionalRow row) => row.Tally.Confusions.SelectMany(table => Table(row, table));

    static IEnumerable<string> Table(CompositionalRow row, ConfusionTable table)
    {
        string setting = row.Setting is null ? "" : $", {row.Setting}";
        yield return "";
        yield return $"{EvaluationSplits.NameOf(row.Split)} {Word(row.Tally.Category)}, {Word(row.Pictures)}{setting}: asked {Word(table.Attribute)} (rows), seen (columns)";
        yield return Cells("", table.Seen.Append("n"));
        for (int asked = 0; asked < table.Asked.Count; asked++)
        {
            if (table.RowTotal(asked) > 0)
            {
                IEnumerable<int> counts = Enumerable.Range(0, table.Seen.Count).Select(seen => table[asked, seen]);
                yield return Cells(table.Asked[asked], counts.Append(table.RowTotal(asked)).Select(count => $"{count}"));
            }
        }
    }

    static string Cells(string head, IEnumerable<string> cells) => $"{head,-CellWidth}{string.Concat(cells.Select(cell => $"{cell,CellWidth}"))}";

    static string Cell(Proportion share) => share.Total == 0 ? $"{"-",11}" : $"{100 * share.Share,11:F1}";

    static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
