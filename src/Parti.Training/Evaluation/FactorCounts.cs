namespace Parti.Training.Evaluation;

/// <summary>Counts pictures that are right in every stated factor, and each factor by itself.</summary>
/// <typeparam name="TFactor">What a caption can state.</typeparam>
sealed class FactorCounts<TFactor>
    where TFactor : struct, Enum
{
    static readonly TFactor[] Factors = Enum.GetValues<TFactor>();

    readonly int[] _right = new int[Factors.Length], _stated = new int[Factors.Length], _statedRight = new int[Factors.Length];
    int _allCorrect, _total;

    /// <summary>Pictures with every stated factor right.</summary>
    internal Proportion AllCorrect => new(_allCorrect, _total);

    /// <summary>Pictures with a factor right, where one that the caption leaves open counts as the verdict has it.</summary>
    internal Proportion Right(TFactor factor) => new(_right[Index(factor)], _total);

    /// <summary>Pictures with a factor right among those whose caption states it.</summary>
    internal Proportion RightWhereStated(TFactor factor) => new(_statedRight[Index(factor)], _stated[Index(factor)]);

    /// <summary>Counts one picture.</summary>
    /// <param name="allCorrect">Whether every stated factor is right.</param>
    /// <param name="states">Whether its caption states a factor.</param>
    /// <param name="isRight">Whether a factor is right.</param>
    internal void Add(bool allCorrect, Func<TFactor, bool> states, Func<TFactor, bool> isRight)
    {
        _total++;
        _allCorrect += allCorrect ? 1 : 0;
        foreach (TFactor factor in Factors)
        {
            int right = isRight(factor) ? 1 : 0, stated = states(factor) ? 1 : 0;
            _right[Index(factor)] += right;
            _stated[Index(factor)] += stated;
            _statedRight[Index(factor)] += right * stated;
        }
    }

    static int Index(TFactor factor) => Array.IndexOf(Factors, factor);
}
