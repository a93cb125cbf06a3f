namespace Parti.Training.Data;

/// <summary>
/// Manifests with a line of column names and one picture a record, fields separated by commas (<c>.csv</c>) or tabs (<c>.tsv</c>) and quoted as
/// in RFC 4180: a quoted field may hold separators, line ends and quotation marks, these doubled.
/// </summary>
static class TableRows
{
    /// <summary>The rows below the column names.</summary>
    /// <exception cref="DataException">Not UTF-8, no column for pictures or captions, or a quotation mark that is never closed.</exception>
    internal static IEnumerable<ManifestRow> Read(string file)
    {
        using StreamReader text = ManifestText.Open(file);
        DelimitedReader reader = new(file, text, Path.GetExtension(file).Equals(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',');
        string[] columns = [.. (reader.Next() ?? []).Select(name => name.Trim().ToLowerInvariant())];
        int picture = Column(file, columns, ManifestListing.PictureNames, "pictures"), caption = Column(file, columns, CaptionText.Names, "captions");
        while (reader.Next() is { } fields)
        {
            if (fields is not [""])
            {
                yield return Row(reader, columns.Length, fields, picture, caption);
            }
        }
    }

    static ManifestRow Row(DelimitedReader reader, int columns, IReadOnlyList<string> fields, int picture, int caption)
    {
        if (reader.Fault is { } fault)
        {
            return new(reader.Line, "", default, fault);
        }
        return fields.Count == columns
            ? new(reader.Line, fields[picture], new(CaptionText.Lines(fields[caption]), null))
            : new(reader.Line, "", default, $"has {fields.Count} fields, the first line has {columns}; quote fields that hold the separator");
    }

    static int Column(string file, string[] columns, string[] names, string what)
    {
        int found = names.Select(name => Array.IndexOf(columns, name)).FirstOrDefault(at => at >= 0, -1);
        return found >= 0 ? found : throw new DataException($"{file}: line 1 names no column of {what}; call one {string.Join(", ", names[..^1])} or {names[^1]}.");
    }
}
