using Parti.Models.Text;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>Captions as padded ids.</summary>
static class TextBatch
{
    /// <summary>Ids <c>[B, T]</c> int64 and their mask <c>[B, T]</c>, T the longest of the batch.</summary>
    /// <param name="text">Tokenizer.</param>
    /// <param name="most">Most tokens of a caption.</param>
    /// <param name="captions">B captions; an empty one is the unconditional prompt.</param>
    public static (Tensor Ids, Tensor Mask) Build(TextTokenizer text, int most, IReadOnlyList<string> captions)
    {
        int[][] rows = [.. captions.Select(c => text.Encode(c, most).Ids)];
        return Build(rows, text.PadId);
    }

    /// <summary>The same of rows of ids.</summary>
    /// <param name="rows">B rows, each of one id at least.</param>
    /// <param name="padId">What fills shorter rows.</param>
    public static (Tensor Ids, Tensor Mask) Build(IReadOnlyList<int[]> rows, int padId)
    {
        int longest = rows.Max(r => r.Length);
        long[] ids = new long[rows.Count * longest];
        bool[] mask = new bool[ids.Length];
        Array.Fill(ids, padId);
        for (int b = 0; b < rows.Count; b++)
        {
            for (int t = 0; t < rows[b].Length; t++)
            {
                ids[b * longest + t] = rows[b][t];
                mask[b * longest + t] = true;
            }
        }
        return (tensor(ids, [rows.Count, longest]), tensor(mask, [rows.Count, longest]));
    }
}
