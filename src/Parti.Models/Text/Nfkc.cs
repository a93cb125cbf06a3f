using System.Text;

namespace Parti.Models.Text;

/// <summary>
/// Unicode normalisation form KC (Unicode Standard Annex 15). The runtime's own normalisation does nothing under
/// invariant globalization and otherwise depends on the operating system's library.
/// </summary>
static class Nfkc
{
    const int HangulS = 0xAC00, HangulL = 0x1100, HangulV = 0x1161, HangulT = 0x11A7;
    const int CountL = 19, CountV = 21, CountT = 28, CountS = CountL * CountV * CountT;

    /// <summary>Normalises well-formed UTF-16.</summary>
    internal static string Normalize(string text)
    {
        NfkcTables tables = NfkcTables.Shared;
        List<int> points = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, tables, points);
        }
        Reorder(points, tables);
        Compose(points, tables);
        StringBuilder result = new(points.Count);
        Span<char> units = stackalloc char[2];
        foreach (int point in points)
        {
            result.Append(units[..new Rune(point).EncodeToUtf16(units)]);
        }
        return result.ToString();
    }

    static void Decompose(int point, NfkcTables tables, List<int> output)
    {
        if (point - HangulS is >= 0 and < CountS)
        {
            int index = point - HangulS;
            output.Add(HangulL + index / (CountV * CountT));
            output.Add(HangulV + index % (CountV * CountT) / CountT);
            if (index % CountT != 0)
            {
                output.Add(HangulT + index % CountT);
            }
        }
        else if (tables.Decompositions.TryGetValue(point, out int[]? parts))
        {
            output.AddRange(parts);
        }
        else
        {
            output.Add(point);
        }
    }

    // Marks after one base go into order of their combining class; a stable sort, as marks of one class interact.
    static void Reorder(List<int> points, NfkcTables tables)
    {
        for (int start = 0; start < points.Count; start++)
        {
            if (tables.CombiningClass(points[start]) == 0)
            {
                continue;
            }
            int end = start + 1;
            while (end < points.Count && tables.CombiningClass(points[end]) != 0)
            {
                end++;
            }
            if (end - start > 1)
            {
                int[] sorted = [.. points.GetRange(start, end - start).OrderBy(tables.CombiningClass)];
                for (int i = start; i < end; i++)
                {
                    points[i] = sorted[i - start];
                }
            }
            start = end;
        }
    }

    static void Compose(List<int> points, NfkcTables tables)
    {
        int write = 0, starter = -1, lastClass = 0;
        for (int read = 0; read < points.Count; read++)
        {
            int point = points[read];
            int combiningClass = tables.CombiningClass(point);
            // A mark is blocked from its base by one of the same or a higher class in between.
            bool reaches = starter >= 0 && (starter == write - 1 || lastClass < combiningClass);
            if (reaches && Composed(points[starter], point, tables) is int composed)
            {
                points[starter] = composed;
                continue;
            }
            if (combiningClass == 0)
            {
                starter = write;
            }
            lastClass = combiningClass;
            points[write++] = point;
        }
        points.RemoveRange(write, points.Count - write);
    }

    static int? Composed(int first, int second, NfkcTables tables)
    {
        if (first - HangulL is >= 0 and < CountL && second - HangulV is >= 0 and < CountV)
        {
            return HangulS + ((first - HangulL) * CountV + (second - HangulV)) * CountT;
        }
        if (first - HangulS is >= 0 and < CountS && (first - HangulS) % CountT == 0 && second - HangulT is > 0 and < CountT)
        {
            return first + (second - HangulT);
        }
        return tables.Compositions.TryGetValue((first, second), out int composed) ? composed : null;
    }
}
