using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Parti.Benchmarks;

/// <summary>Tables of one run, as Markdown and as JSON.</summary>
/// <param name="name">The benchmark.</param>
/// <param name="threads">Threads of every path.</param>
/// <param name="repeats">Runs of every measurement.</param>
sealed class Report(string name, int threads, int repeats)
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    readonly List<Table> _tables = [];

    /// <summary>What the machine reads and multiplies in this run.</summary>
    public MachineRates Machine { get; private set; } = new(0, 0);

    /// <summary>Measures the machine, so that shares of its limit are of this run.</summary>
    public void AddMachine()
    {
        Machine = MachineRates.Measure(threads);
        Add(new Table($"{name}: {RuntimeInformation.OSArchitecture}, {Environment.ProcessorCount} processors, {threads} threads, float32, median of {repeats}", ["limit", "measured"])
            .Row("memory read, 512 MiB", $"{Machine.ReadBytesPerSecond / 1e9:F1} GB/s")
            .Row("products in the first cache", $"{Machine.FlopsPerSecond / 1e9:F0} GFLOP/s"));
    }

    /// <summary>Adds a table.</summary>
    public void Add(Table table) => _tables.Add(table);

    /// <summary>Writes all tables.</summary>
    public void Write(TextWriter output, string? json)
    {
        foreach (Table table in _tables)
        {
            output.WriteLine();
            table.Write(output);
        }
        if (json is not null)
        {
            File.WriteAllText(json, JsonSerializer.Serialize(_tables.Select(table => new { table.Title, table.Columns, table.Rows }), Indented));
        }
    }
}

/// <summary>A table of texts.</summary>
/// <param name="title">Its heading.</param>
/// <param name="columns">Its columns.</param>
sealed class Table(string title, string[] columns)
{
    public string Title => title;

    public IReadOnlyList<string> Columns => columns;

    public List<string[]> Rows { get; } = [];

    /// <summary>Adds a row.</summary>
    public Table Row(params string[] cells)
    {
        Rows.Add(cells);
        return this;
    }

    /// <summary>Writes it as Markdown.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine($"### {title}");
        output.WriteLine();
        output.WriteLine($"| {string.Join(" | ", columns)} |");
        output.WriteLine($"|{string.Concat(columns.Select(_ => "---|"))}");
        Rows.ForEach(row => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row)} |")));
    }
}
