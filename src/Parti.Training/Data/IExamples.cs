namespace Parti.Training.Data;

/// <summary>
/// An endless stream of captioned pictures addressed by number: the same number gives the same example in every process, so that a
/// resumed training sees exactly what is left. Members may be called from several threads at once.
/// </summary>
public interface IExamples
{
    /// <summary>What must be equal for equal numbers to give equal examples: kind, version, seed and a digest of the contents.</summary>
    string Identity { get; }

    /// <summary>How many different examples the stream has, at least 1; null where it hardly ever repeats one.</summary>
    long? Distinct { get; }

    /// <summary>Which of the different examples stands at a place; equal keys mean equal examples.</summary>
    /// <param name="index">Place in the stream, from 0.</param>
    /// <returns>0 to <see cref="Distinct"/> - 1, or the place itself where that is null.</returns>
    long Key(long index);

    /// <summary>The example at a place.</summary>
    /// <param name="index">Place in the stream, from 0.</param>
    /// <param name="size">S, edge in pixels, from 1.</param>
    Example At(long index, int size);

    /// <summary>The same example small and large: what an upsampler is trained on.</summary>
    /// <param name="index">Place in the stream, from 0.</param>
    /// <param name="size">S, edge of the small picture in pixels, from 1.</param>
    /// <param name="factor">How many times as wide the large one is, from 1.</param>
    (Example Small, Example Large) PairAt(long index, int size, int factor);
}
