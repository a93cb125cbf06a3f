namespace Parti.Training.Data;

/// <summary>
/// An endless stream of captioned pictures addressed by number: the same number gives the same example in every process, so that a
/// resumed training sees exactly what is left. Members may be called from several threads at once.
/// </summary>
public interface IExamples
{
    /// <summary>What must be equal for equal numbers to give equal examples: kind, version, seed and a digest of the contents.</summary>
    string Identity { get; }

    /// <summary>How many different pictures the stream has, at least 1; null where it hardly ever repeats one.</summary>
    long? Distinct { get; }

    /// <summary>
    /// Which of the different pictures stands at a place; equal keys mean equal pictures, under one of the picture's captions. Once a
    /// picture is found broken, this is the key of its replacement; keep what is made of an example under <see cref="Example.Key"/>.
    /// </summary>
    /// <param name="index">Place in the stream, from 0.</param>
    /// <returns>0 to <see cref="Distinct"/> - 1, or the place itself where that is null.</returns>
    long Key(long index);

    /// <summary>The example at a place.</summary>
    /// <param name="index">Place in the stream, from 0.</param>
    /// <param name="size">S, edge in pixels, from 1.</param>
    Example At(long index, int size);

    /// <summary>
    /// The caption of the example at a place, without its picture where that can be: what a step needs beside image tokens that were kept
    /// under <see cref="Key"/>.
    /// </summary>
    /// <param name="index">Place in the stream, from 0.</param>
    string CaptionAt(long index) => At(index, 1).Caption;

    /// <summary>The same example small and large: what an upsampler is trained on.</summary>
    /// <param name="index">Place in the stream, from 0.</param>
    /// <param name="size">S, edge of the small picture in pixels, from 1.</param>
    /// <param name="factor">How many times as wide the large one is, from 1.</param>
    (Example Small, Example Large) PairAt(long index, int size, int factor);
}
