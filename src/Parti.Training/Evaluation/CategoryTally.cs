using Parti.Training.Scenes;

namespace Parti.Training.Evaluation;

/// <summary>What a caption can state and a picture get right or wrong.</summary>
public enum SceneFactor
{
    /// <summary>The number of objects.</summary>
    Count,

    /// <summary>The colour of every object.</summary>
    Color,

    /// <summary>The shape of every object.</summary>
    Shape,

    /// <summary>Where one object is seen from the other.</summary>
    Relation,

    /// <summary>The sizes.</summary>
    Size,

    /// <summary>The background.</summary>
    Background,
}

/// <summary>Counts the oracle's verdicts on the pictures of one category.</summary>
/// <param name="category">The category; relations have no confusion tables, as no object answers to one value.</param>
public sealed class CategoryTally(SceneCategory category)
{
    readonly SortedDictionary<(Shape Shape, ObjectColor Color), Proportion> _heldOut = [];
    readonly FactorCounts<SceneFactor> _counts = new();

    /// <summary>The category.</summary>
    public SceneCategory Category => category;

    /// <summary>Pictures with every stated factor right.</summary>
    public Proportion AllCorrect => _counts.AllCorrect;

    /// <summary>Asked and seen colour, shape and count; empty for relations.</summary>
    public IReadOnlyList<ConfusionTable> Confusions { get; } =
        category == SceneCategory.Relation ? [] : [ConfusionTable.OfColors(), ConfusionTable.OfShapes(), ConfusionTable.OfCounts()];

    /// <summary>All correct by the pair of colour and shape, of those that training never shows, which the caption has; empty where none has any.</summary>
    public IReadOnlyDictionary<(Shape Shape, ObjectColor Color), Proportion> HeldOutPairs => _heldOut;

    /// <summary>Pictures with a factor right as the verdict has it: one that the caption leaves open is right.</summary>
    /// <param name="factor">The factor.</param>
    public Proportion Right(SceneFactor factor) => _counts.Right(factor);

    /// <summary>Pictures with a factor right among those whose caption states it.</summary>
    /// <param name="factor">The factor.</param>
    public Proportion RightWhereStated(SceneFactor factor) => _counts.RightWhereStated(factor);

    /// <summary>Counts one picture.</summary>
    /// <param name="spec">What its caption states.</param>
    /// <param name="verdict">What the oracle says of it.</param>
    public void Add(SceneSpec spec, OracleVerdict verdict)
    {
        _counts.Add(verdict.AllCorrect, factor => States(spec, factor), factor => IsRight(verdict, factor));
        foreach (SpecObject item in spec.Objects.Where(item => HeldOut.IsPair(item.Color, item.Shape)))
        {
            Proportion before = _heldOut.GetValueOrDefault((item.Shape, item.Color));
            _heldOut[(item.Shape, item.Color)] = new(before.Right + (verdict.AllCorrect ? 1 : 0), before.Total + 1);
        }
        foreach (ConfusionTable table in Confusions)
        {
            table.Add(spec, verdict.Seen);
        }
    }

    static bool States(SceneSpec spec, SceneFactor factor) => factor switch
    {
        SceneFactor.Relation => spec.Relation is not null,
        SceneFactor.Size => spec.Objects.Any(item => item.Size is not null),
        SceneFactor.Background => spec.Background is not null,
        _ => true,
    };

    static bool IsRight(OracleVerdict verdict, SceneFactor factor) => factor switch
    {
        SceneFactor.Count => verdict.Count,
        SceneFactor.Color => verdict.Colors,
        SceneFactor.Shape => verdict.Shapes,
        SceneFactor.Relation => verdict.Relation,
        SceneFactor.Size => verdict.Sizes,
        _ => verdict.Background,
    };
}
