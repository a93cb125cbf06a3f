namespace Parti.Training.Data;

/// <summary>A square picture and what it shows.</summary>
/// <param name="Caption">Caption, not empty.</param>
/// <param name="Pixels"><c>[S, S, 3]</c> bytes, red, green, blue.</param>
public sealed record Example(string Caption, byte[] Pixels);
