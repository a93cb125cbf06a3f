using System.Globalization;
using Parti.Models.Checkpoints;

namespace Parti.Training.Runs;

/// <summary>
/// The curves of a run: <c>metrics.csv</c>, one row a report, holds only what the steps decide, so that a run that was killed and resumed
/// writes the same bytes as an undisturbed one; <c>timing.csv</c> holds what the machine decides.
/// </summary>
sealed class RunMetrics
{
    /// <summary>File of the losses.</summary>
    internal const string FileName = "metrics.csv";

    const string StepColumn = "step", TimingHeader = "step,steps_per_second,memory_mb,utc";

    readonly string _file, _timing;
    readonly Dictionary<string, (double Sum, long Count)> _means = new(StringComparer.Ordinal);
    List<string> _columns = [];

    /// <summary>Goes on with the files of a folder up to a step, dropping rows beyond it.</summary>
    /// <param name="folder">Run folder.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="means">What <see cref="Pending"/> was at that step.</param>
    public RunMetrics(string folder, long step, string? means)
    {
        (_file, _timing) = (Path.Combine(folder, FileName), Path.Combine(folder, "timing.csv"));
        Cut(_timing, step);
        _columns = [.. Cut(_file, step).Split(',', StringSplitOptions.RemoveEmptyEntries).Skip(1)];
        foreach (string[] part in (means ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split(' ')))
        {
            _means[part[0]] = (double.Parse(part[1], CultureInfo.InvariantCulture), long.Parse(part[2], CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Sums since the last row as text, for a checkpoint.</summary>
    public string Pending => string.Join(';', _means.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value.Sum:R} {m.Value.Count}")));

    /// <summary>Takes in one value.</summary>
    /// <param name="name">Column.</param>
    /// <param name="value">Value.</param>
    public void Add(string name, double value)
    {
        (double sum, long count) = _means.GetValueOrDefault(name);
        _means[name] = (sum + value, count + 1);
    }

    /// <summary>Ends a row: means since the last one.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="stepsPerSecond">For the timing.</param>
    /// <param name="now">For the timing.</param>
    /// <returns>The means by column.</returns>
    public IReadOnlyDictionary<string, double> EndRow(long step, double stepsPerSecond, DateTimeOffset now)
    {
        Dictionary<string, double> row = _means.ToDictionary(m => m.Key, m => m.Value.Sum / m.Value.Count, StringComparer.Ordinal);
        _means.Clear();
        Widen(row.Keys);
        string cells = string.Join(',', _columns.Select(c => row.TryGetValue(c, out double value) ? value.ToString("G9", CultureInfo.InvariantCulture) : ""));
        File.AppendAllText(_file, string.Create(CultureInfo.InvariantCulture, $"{step},{cells}\n"));
        if (!File.Exists(_timing))
        {
            File.WriteAllText(_timing, TimingHeader + "\n");
        }
        File.AppendAllText(_timing, string.Create(CultureInfo.InvariantCulture, $"{step},{stepsPerSecond:F2},{Environment.WorkingSet >> 20},{now:yyyy-MM-ddTHH:mm:ssZ}\n"));
        return row;
    }

    // A value measured for the first time gets a column, empty in the rows before.
    void Widen(IEnumerable<string> names)
    {
        string[] missing = [.. names.Except(_columns, StringComparer.Ordinal)];
        if (missing.Length == 0 && File.Exists(_file))
        {
            return;
        }
        _columns = [.. _columns, .. missing];
        string[] rows = File.Exists(_file) ? File.ReadAllLines(_file)[1..] : [];
        string empty = new(',', missing.Length);
        Rewrite(_file, [string.Join(',', _columns.Prepend(StepColumn)), .. rows.Select(r => r + empty)]);
    }

    static string Cut(string file, long step)
    {
        if (!File.Exists(file))
        {
            return "";
        }
        string[] lines = File.ReadAllLines(file);
        // A process killed in the middle of a row leaves a part of it.
        int commas = lines.FirstOrDefault("").Count(c => c == ',');
        string[] kept = [.. lines.Take(1), .. lines.Skip(1).Where(l => l.Count(c => c == ',') == commas && Step(l) <= step)];
        if (step == 0)
        {
            File.Delete(file);
            return "";
        }
        if (kept.Length < lines.Length)
        {
            Rewrite(file, kept);
        }
        return kept.FirstOrDefault("");
    }

    static long Step(string row) => long.TryParse(row.Split(',')[0], CultureInfo.InvariantCulture, out long step) ? step : long.MaxValue;

    static void Rewrite(string file, IEnumerable<string> lines) => AtomicFile.Write(file, stream =>
    {
        using StreamWriter writer = new(stream, leaveOpen: true);
        foreach (string line in lines)
        {
            writer.Write(line + "\n");
        }
    });
}
