namespace Parti.Training.Drawing.Charts;

/// <summary>Where values lie along an axis, and the round numbers beside it.</summary>
/// <param name="Low">Value at the start.</param>
/// <param name="High">Value at the end, above <paramref name="Low"/>.</param>
/// <param name="IsLog">Whether equal distances are equal ratios; both ends are above 0 then.</param>
readonly record struct ChartAxis(double Low, double High, bool IsLog)
{
    const int AimedTicks = 6;
    const double Margin = 0.04;

    // Ends that are round numbers miss themselves by a rounding.
    const double Slack = 1e-9;

    /// <summary>An axis that holds some values, a little longer than they need.</summary>
    /// <param name="values">Finite values; none gives 0 to 1.</param>
    /// <param name="isLog">Whether equal distances are equal ratios; all values are above 0 then.</param>
    internal static ChartAxis Around(IReadOnlyCollection<double> values, bool isLog)
    {
        if (values.Count == 0)
        {
            return new(0, 1, false);
        }
        (double low, double high) = isLog ? (Math.Log10(values.Min()), Math.Log10(values.Max())) : (values.Min(), values.Max());
        // A curve that never moves still needs an axis with a length.
        double margin = high > low ? Margin * (high - low) : isLog ? 0.5 : low == 0 ? 0.5 : Math.Abs(low) / 10;
        (low, high) = (low - margin, high + margin);
        return isLog ? new(Math.Pow(10, low), Math.Pow(10, high), true) : new(low, high, false);
    }

    /// <summary>Whether values are better read on a logarithmic axis: all above 0, and more than a decade apart.</summary>
    /// <param name="values">Finite values.</param>
    internal static bool WantsLog(IReadOnlyCollection<double> values) => values.Count > 0 && values.Min() > 0 && values.Max() > 10 * values.Min();

    /// <summary>Where a value lies: 0 at the start, 1 at the end.</summary>
    /// <param name="value">A value; above 0 on a logarithmic axis.</param>
    internal double Place(double value) => IsLog
        ? Math.Log10(value / Low) / Math.Log10(High / Low)
        : (value - Low) / (High - Low);

    /// <summary>Round values within the axis with their texts, in rising order.</summary>
    internal IReadOnlyList<(double Value, string Text)> Ticks() => IsLog ? LogTicks() : LinearTicks();

    IReadOnlyList<(double, string)> LinearTicks()
    {
        double step = RoundUp((High - Low) / AimedTicks), largest = Math.Max(Math.Abs(Low), Math.Abs(High));
        List<(double, string)> ticks = [];
        for (double k = Math.Ceiling(Low / step - Slack); k <= High / step + Slack; k++)
        {
            ticks.Add((k * step, Text(k * step, step, largest)));
        }
        return ticks;
    }

    IReadOnlyList<(double, string)> LogTicks()
    {
        double decades = Math.Log10(High / Low);
        double[] within = decades < 3 ? [1, 2, 5] : [1];
        int every = Math.Max(1, (int)Math.Round(decades / AimedTicks));
        List<(double, string)> ticks = [];
        for (int decade = (int)Math.Floor(Math.Log10(Low)); Math.Pow(10, decade) <= High; decade++)
        {
            foreach (double value in within.Select(mantissa => mantissa * Math.Pow(10, decade)))
            {
                if (value >= Low * (1 - Slack) && value <= High * (1 + Slack) && decade % every == 0)
                {
                    ticks.Add((value, Text(value, value, value)));
                }
            }
        }
        return ticks;
    }

    /// <summary>The next of 1, 2 and 5 times a power of ten.</summary>
    static double RoundUp(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return (value / power) switch
        {
            <= 1 + Slack => power,
            <= 2 + Slack => 2 * power,
            <= 5 + Slack => 5 * power,
            _ => 10 * power,
        };
    }

    /// <summary>A value with as many digits as tell it from its neighbours.</summary>
    static string Text(double value, double step, double largest)
    {
        (double unit, string suffix) = largest switch { >= 1e9 => (1e9, "G"), >= 1e6 => (1e6, "M"), >= 1e4 => (1e3, "k"), _ => (1.0, "") };
        if (step / unit < 1e-3)
        {
            (unit, suffix) = (1, "");
        }
        if (value == 0)
        {
            return "0";
        }
        if (largest < 1e-3)
        {
            int digits = Math.Max(0, (int)Math.Ceiling(Math.Log10(largest / step)));
            return value.ToString($"0.{new string('#', digits)}e-0");
        }
        int decimals = Math.Max(0, -(int)Math.Floor(Math.Log10(step / unit) + Slack));
        return (value / unit).ToString($"F{decimals}") + suffix;
    }
}
