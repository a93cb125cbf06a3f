using System.Globalization;

namespace Parti.Inference.Planning;

/// <summary>Amounts of memory as people write them.</summary>
public static class ByteSize
{
    static readonly (string Unit, double Bytes)[] Units =
    [
        ("TiB", Math.Pow(2, 40)), ("GiB", Math.Pow(2, 30)), ("MiB", Math.Pow(2, 20)), ("KiB", Math.Pow(2, 10)),
        ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3), ("B", 1),
    ];

    /// <summary>In the largest binary unit that leaves at least 1, with three digits.</summary>
    public static string Text(double bytes)
    {
        (string unit, double size) = Units.Take(4).FirstOrDefault(unit => bytes >= unit.Bytes, ("B", 1));
        double value = bytes / size;
        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(value < 10 && size > 1 ? "F2" : value < 100 && size > 1 ? "F1" : "F0", CultureInfo.InvariantCulture)} {unit}");
    }

    /// <summary>Reads an amount: a number and a unit, <c>24GiB</c>, <c>80 GB</c>.</summary>
    /// <returns>False when it is none or not positive.</returns>
    public static bool TryParse(string text, out double bytes)
    {
        string trimmed = text.Trim();
        foreach ((string unit, double size) in Units)
        {
            if (trimmed.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(trimmed[..^unit.Length].Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            {
                bytes = number * size;
                return double.IsFinite(bytes) && bytes >= 1;
            }
        }
        bytes = 0;
        return false;
    }
}
