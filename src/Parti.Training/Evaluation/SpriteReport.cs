using Parti.Training.Sprites;

namespace Parti.Training.Evaluation;

/// <summary>Scores of sprites as lines for people and as JSON.</summary>
public static class SpriteReport
{
    static readonly SpriteFactor[] Factors = Enum.GetValues<SpriteFactor>();

    /// <summary>The lines above the rows.</summary>
    /// <param name="model">What is scored.</param>
    /// <param name="set">Sprites.</param>
    /// <param name="options">Prompts and settings.</param>
    public static IEnumerable<string> Head(EvaluatedModel model, SpriteSet set, EvaluationOptions options)
    {
        yield return $"{model.Name}: {options.Prompts} prompts a category, seed {options.Seed}, {set.Sprites.Count} sprites {set.Digest}, version {SpriteGenerator.Version}.";
        yield return "All correct with 95 % intervals; each factor in percent of the captions that state it.";
        yield return $"{"split",-15} {"category",-8} {"pictures",-8} {"guidance",8} {"temp.",6} {"n",6}  {"all correct",-21}{string.Concat(Factors.Select(factor => $"{Word(factor),11}"))}";
    }

    /// <summary>One row.</summary>
    /// <param name="row">The row.</param>
    public static string Line(SpriteRow row)
    {
        string guidance = row.Setting is { } s ? $"{s.Guidance}" : "-", temperature = row.Setting is { } t ? $"{t.Temperature}" : "-";
        string factors = string.Concat(Factors.Select(factor => row.Tally.RightWhereStated(factor) is { Total: > 0 } share ? $"{100 * share.Share,11:F1}" : $"{"-",11}"));
        string place = $"{EvaluationSplits.NameOf(row.Split),-15} {Word(row.Category),-8} {Word(row.Pictures),-8}";
        return $"{place} {guidance,8} {temperature,6} {row.Tally.AllCorrect.Total,6}  {row.Tally.AllCorrect,-21}{factors}";
    }

    /// <summary>Writes every row as JSON.</summary>
    /// <param name="path">A file, replaced if it is there; its folder must exist.</param>
    /// <param name="model">What was scored.</param>
    /// <param name="set">Sprites.</param>
    /// <param name="options">Prompts and settings.</param>
    /// <param name="rows">The rows.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteJson(string path, EvaluatedModel model, SpriteSet set, EvaluationOptions options, IEnumerable<SpriteRow> rows) =>
        EvaluationJson.Write(path, new
        {
            Model = model.Name,
            options.Prompts,
            options.Seed,
            SpritesVersion = SpriteGenerator.Version,
            Sprites = set.Digest,
            Rows = rows.Select(row => new
            {
                row.Split,
                row.Category,
                row.Pictures,
                row.Setting?.Guidance,
                row.Setting?.Temperature,
                AllCorrect = EvaluationJson.Of(row.Tally.AllCorrect),
                Factors = Factors.ToDictionary(factor => factor.ToString().ToLowerInvariant(), factor => EvaluationJson.Of(row.Tally.RightWhereStated(factor))),
            }),
        });

    static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
