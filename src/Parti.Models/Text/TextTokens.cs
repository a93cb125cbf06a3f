namespace Parti.Models.Text;

/// <summary>A text as the encoder reads it.</summary>
/// <param name="Ids">Piece ids, at least one; no padding. The last is the end-of-sequence id, but in families that cut it off (<c>min-dalle</c>).</param>
/// <param name="Dropped">
/// Tokens cut off because the text was longer than asked for, 0 if all of it was kept. A text longer than
/// <see cref="TextTokenizer.CharacterLimit"/> is counted up to that limit only.
/// </param>
public sealed record TextTokens(int[] Ids, int Dropped);
