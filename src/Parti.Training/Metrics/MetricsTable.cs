using System.Globalization;

namespace Parti.Training.Metrics;

/// <summary>What a training wrote to its <c>metrics.csv</c>: a step and one number a column, columns that may be empty or come later.</summary>
public sealed class MetricsTable
{
    const string StepColumn = "step";

    readonly List<(string Name, SortedDictionary<long, double> Values)> _columns = [];

    MetricsTable()
    {
    }

    /// <summary>Names of the columns beside the step, in the order of the file.</summary>
    public IReadOnlyList<string> Columns => [.. _columns.Select(column => column.Name)];

    /// <summary>Finite values of a column with their steps, rising. Of a step that was taken again after a resume the later value holds.</summary>
    /// <param name="column">One of <see cref="Columns"/>.</param>
    public IReadOnlyList<(long Step, double Value)> Values(string column) =>
        [.. _columns.Single(c => c.Name == column).Values.Select(pair => (pair.Key, pair.Value))];

    /// <summary>Reads a file that may still be written: a last line without its end is left out.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no table of metrics; the message names the line.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static MetricsTable Read(string path)
    {
        // A training may have the file open.
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using StreamReader reader = new(file);
        return Parse(reader.ReadToEnd(), path);
    }

    /// <summary>Reads a table from text.</summary>
    /// <param name="text">A header that begins with <c>step</c>, then a line a report; a later header adds or orders columns anew.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="InvalidDataException">It is no table of metrics; the message names the line.</exception>
    public static MetricsTable Parse(string text, string name)
    {
        MetricsTable table = new();
        string[] header = [];
        string[] lines = text.Split('\n')[..^1];
        for (int i = 0; i < lines.Length; i++)
        {
            string[] cells = lines[i].TrimEnd('\r').Split(',');
            if (cells[0] == StepColumn)
            {
                header = cells;
                table.AddColumns(header);
            }
            else if (cells is not [""])
            {
                table.AddRow(header, cells, $"{name}, line {i + 1}");
            }
        }
        return table._columns.Count > 0 ? table : throw new InvalidDataException($"{name} has no header that begins with \"{StepColumn},\"; name the metrics.csv of a training.");
    }

    void AddColumns(string[] header)
    {
        foreach (string name in header.Skip(1).Where(name => name.Length > 0 && !Columns.Contains(name)))
        {
            _columns.Add((name, []));
        }
    }

    void AddRow(string[] header, string[] cells, string place)
    {
        if (cells.Length > header.Length)
        {
            throw new InvalidDataException($"{place} has {cells.Length} cells, allowed are as many as the header's {header.Length}; remove the line.");
        }
        long step = long.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out long parsed)
            ? parsed
            : throw new InvalidDataException($"{place} begins with \"{cells[0]}\", allowed is a step from 0; remove the line.");
        for (int i = 1; i < cells.Length; i++)
        {
            if (cells[i].Length == 0 || header[i].Length == 0)
            {
                continue;
            }
            double value = double.TryParse(cells[i], NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                ? number
                : throw new InvalidDataException($"{place} has \"{cells[i]}\" for {header[i]}, allowed is a number or nothing; remove the line.");
            SortedDictionary<long, double> values = _columns.Single(column => column.Name == header[i]).Values;
            values.Remove(step);
            if (double.IsFinite(value))
            {
                values[step] = value;
            }
        }
    }
}
