using System.Text;

namespace Parti.Training.Data;

/// <summary>Counts what is passed over, and names each once in <c>skipped.csv</c>: name, reason, detail. Safe for use by many threads.</summary>
sealed class SkippedList
{
    internal const string FileName = "skipped.csv";

    readonly Lock _gate = new();
    readonly SortedDictionary<SkipReason, long> _counts = [];
    readonly HashSet<(string, string)> _known = [];
    readonly string? _file;

    /// <summary>A list in a folder, continued if there is one; null keeps counts alone.</summary>
    /// <exception cref="DataException">The folder cannot be written.</exception>
    internal SkippedList(string? folder)
    {
        if (folder is null)
        {
            return;
        }
        _file = Path.Combine(folder, FileName);
        Guarded(() =>
        {
            Directory.CreateDirectory(folder);
            Continue();
        });
    }

    /// <summary>How many were passed over, by reason.</summary>
    internal IReadOnlyDictionary<SkipReason, long> Counts
    {
        get
        {
            lock (_gate)
            {
                return new SortedDictionary<SkipReason, long>(_counts);
            }
        }
    }

    /// <summary>Counts items and writes down those that are not yet in the file.</summary>
    internal void Add(params IReadOnlyList<SkippedItem> items)
    {
        lock (_gate)
        {
            StringBuilder lines = new();
            foreach (SkippedItem item in items)
            {
                _counts[item.Reason] = _counts.GetValueOrDefault(item.Reason) + 1;
                if (_file is not null && _known.Add((item.Name, item.Word)))
                {
                    lines.Append(Quoted(item.Name)).Append(',').Append(item.Word).Append(',').Append(Quoted(item.Detail)).Append('\n');
                }
            }
            if (lines.Length > 0)
            {
                Guarded(() => File.AppendAllText(_file!, lines.ToString()));
            }
        }
    }

    // A killed process may have left part of a line, which is cut off: the item will be met again.
    void Continue()
    {
        string text = File.Exists(_file) ? File.ReadAllText(_file) : "";
        int end = text.LastIndexOf('\n') + 1;
        if (end < text.Length || end == 0)
        {
            File.WriteAllText(_file!, end == 0 ? "name,reason,detail\n" : text[..end]);
        }
        using StringReader lines = new(text[..end]);
        DelimitedReader reader = new(_file!, lines, ',');
        while (reader.Next() is { } fields)
        {
            if (fields.Count == 3)
            {
                _known.Add((fields[0], fields[1]));
            }
        }
    }

    void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{_file}: cannot be written: {error.Message} Name a folder that can.", error);
        }
    }

    static string Quoted(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.AsSpan().ContainsAny(",\"") ? $"\"{line.Replace("\"", "\"\"")}\"" : line;
    }
}
