namespace Parti.Training.Trainers;

/// <summary>
/// Captions with tokens hidden as BERT hides them (Devlin et al. 2018, §3.1; Parti §2.3): of the chosen ones 80 % give way to the mask, 10 %
/// to another token and 10 % stay, so that the encoder cannot trust what it reads.
/// </summary>
/// <param name="Rows">Ids by caption.</param>
/// <param name="Places">Where the chosen tokens are: caption and place within it.</param>
/// <param name="Targets">What stood there, one each.</param>
sealed record MaskedTokens(int[][] Rows, IReadOnlyList<(int Row, int Place)> Places, IReadOnlyList<int> Targets)
{
    const double Masked = 0.8, Other = 0.1;

    /// <summary>Hides tokens.</summary>
    /// <param name="rows">Ids by caption; the last of each, end-of-sequence, is never chosen. Not changed.</param>
    /// <param name="share">Share of a caption's tokens that are chosen, above 0 to 1; at least one.</param>
    /// <param name="vocabulary">What tokens there are.</param>
    /// <param name="random">Decides.</param>
    internal static MaskedTokens Hide(IReadOnlyList<int[]> rows, double share, MaskVocabulary vocabulary, Random random)
    {
        int[][] hidden = [.. rows.Select(row => (int[])row.Clone())];
        List<(int, int)> places = [];
        List<int> targets = [];
        for (int r = 0; r < hidden.Length; r++)
        {
            int[] row = hidden[r];
            foreach (int place in Choose(row.Length - 1, share, random))
            {
                places.Add((r, place));
                targets.Add(row[place]);
                double chance = random.NextDouble();
                row[place] = chance < Masked ? vocabulary.MaskId : chance < Masked + Other ? vocabulary.Draw(random) : row[place];
            }
        }
        return new(hidden, places, targets);
    }

    static IEnumerable<int> Choose(int tokens, double share, Random random)
    {
        int[] places = [.. Enumerable.Range(0, tokens)];
        random.Shuffle(places);
        int chosen = Math.Min(tokens, Math.Max(1, (int)Math.Round(share * tokens)));
        return places.Take(chosen).Order();
    }
}

/// <summary>Which ids may stand in the place of a hidden token.</summary>
/// <param name="Size">Number of ids.</param>
/// <param name="MaskId">
/// The mask: the unknown piece, as a published vocabulary has no piece for it and one with byte pieces never gives that id to a text.
/// </param>
/// <param name="PadId">Padding, never drawn.</param>
/// <param name="EosId">End-of-sequence, never drawn.</param>
sealed record MaskVocabulary(int Size, int MaskId, int PadId, int EosId)
{
    /// <summary>Any token of text.</summary>
    internal int Draw(Random random)
    {
        int id;
        do
        {
            id = random.Next(Size);
        }
        while (id == MaskId || id == PadId || id == EosId);
        return id;
    }
}
