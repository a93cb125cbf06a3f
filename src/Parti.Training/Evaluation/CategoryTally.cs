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
    static readonly SceneFactor[] Factors = Enum.GetValues<SceneFactor>();

    readonly SortedDictionary<(Shape Shape, ObjectColor Color), Proportion> _heldOut = [];
    readonly int[] _right = new int[Factors.Length], _stated = new int[Factors.Length], _statedRight = new int[Factors.Length];
    int _allCorrect, _total;

    /// <summary>The category.</summary>
    public SceneCategory Category => category;

    /// <summary>Pictures with every stated factor right.</summary>
    public Proportion AllCorrect => new(_allCorrect, _total);

    /// <summary>Asked and seen colour, shape and count; empty for relations.</summary>
    public IReadOnlyList<ConfusionTable> Confusions { get; } =
        category == SceneCategory.Relation ? [] : [ConfusionTable.OfColors(), ConfusionTable.OfShapes(), ConfusionTable.OfCounts()];

    /// <summary>All correct by the pair of colour and shape, of those that training never shows, which the caption has; empty where none has any.</summary>
    public IReadOnlyDictionary<(Shape Shape, ObjectColor Color), Proportion> HeldOutPairs => _heldOut;

    /// <summary>Pictures with a factor right as the verdict has it: one that the caption leaves open is right.</summary>
    /// <param name="factor">The factor.</param>
    public Proportion Right(SceneFactor factor) => new(_right[(int)factor], _total);

    /// <summary>Pictures with a factor right among those whose caption states it.</summary>
    /// <param name="factor">The factor.</param>
    public Proportion RightWhereStated(SceneFactor factor) => new(_statedRight[(int)factor], _stated[(int)factor]);

    /// <summary>Counts one picture.</summary>
    /// <param name="spec">What its caption states.</param>
    /// <param name="verdict">What the oracle says of it.</param>
    public void Add(SceneSpec spec, OracleVerdict verdict)
    {
        _total++;
        _allCorrect += verdict.AllCorrect ? 1 : 0;
        foreach (SpecObject item in spec.Objects.Where(item => HeldOut.IsPair(item.Color, item.Shape)))
        {
            Proportion before = _heldOut.GetValueOrDefault((item.Shape, item.Color));
            _heldOut[(item.Shape, item.Color)] = new(before.Right + (verdict.AllCorrect ? 1 : 0), before.Total + 1);
        }
        foreach (SceneFactor factor in Factors)
        {
            int right = IsRight(verdict, factor) ? 1 : 0, stated = States(spec, factor) ? 1 : 0;
            _right[(int)factor] += right;
            _stated[(int)factor] += stated;
            _statedRight[(int)factor] += right * stated;
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
