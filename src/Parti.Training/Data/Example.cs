namespace Parti.Training.Data;

/// <summary>A square picture and what it shows.</summary>
/// <param name="Caption">Caption, not empty.</param>
/// <param name="Pixels"><c>[S, S, 3]</c> bytes, red, green, blue.</param>
public sealed record Example(string Caption, byte[] Pixels)
{
    /// <summary>The <see cref="IExamples.Key"/> of the picture that is here in truth: a broken one has been replaced.</summary>
    public long Key { get; init; }
}
