using Parti.Training.Sprites;

namespace Parti.Training.Evaluation;

/// <summary>What a caption of sprites can state and a picture get right or wrong.</summary>
public enum SpriteFactor
{
    /// <summary>The number of things.</summary>
    Count,

    /// <summary>What they are.</summary>
    Names,

    /// <summary>Where one is seen from the other.</summary>
    Relation,

    /// <summary>The size.</summary>
    Size,

    /// <summary>The background.</summary>
    Background,
}

/// <summary>Counts the oracle's verdicts on the pictures of one category of sprites.</summary>
public sealed class SpriteTally
{
    readonly FactorCounts<SpriteFactor> _counts = new();

    /// <summary>Pictures with every stated factor right.</summary>
    public Proportion AllCorrect => _counts.AllCorrect;

    /// <summary>Pictures with a factor right among those whose caption states it.</summary>
    /// <param name="factor">The factor.</param>
    public Proportion RightWhereStated(SpriteFactor factor) => _counts.RightWhereStated(factor);

    /// <summary>Counts one picture.</summary>
    /// <param name="spec">What its caption states.</param>
    /// <param name="verdict">What the oracle says of it.</param>
    public void Add(SpriteSpec spec, SpriteVerdict verdict) =>
        _counts.Add(verdict.AllCorrect, factor => States(spec, factor), factor => IsRight(verdict, factor));

    static bool States(SpriteSpec spec, SpriteFactor factor) => factor switch
    {
        SpriteFactor.Relation => spec.Relation is not null,
        SpriteFactor.Size => spec.Size is not null,
        SpriteFactor.Background => spec.Background is not null,
        _ => true,
    };

    static bool IsRight(SpriteVerdict verdict, SpriteFactor factor) => factor switch
    {
        SpriteFactor.Count => verdict.Count,
        SpriteFactor.Names => verdict.Names,
        SpriteFactor.Relation => verdict.Relation,
        SpriteFactor.Size => verdict.Sizes,
        _ => verdict.Background,
    };
}
