namespace Parti.Training.Data;

/// <summary>One row of a manifest.</summary>
/// <param name="Line">Line it begins on, from 1.</param>
/// <param name="Picture">Path of the picture; empty where the row has a fault.</param>
/// <param name="Captions">Its captions.</param>
/// <param name="Fault">What is wrong with the row, in words; null for nothing.</param>
readonly record struct ManifestRow(long Line, string Picture, CaptionResult Captions, string? Fault = null);

/// <summary>Pictures and captions named by the rows of a file, in their order. Paths lead from the manifest's folder downwards and over no link.</summary>
static class ManifestListing
{
    /// <summary>Keys and columns that hold a picture's path, the first one found counts.</summary>
    internal static readonly string[] PictureNames = ["image", "file", "file_name", "path"];

    /// <summary>Endings of manifests.</summary>
    internal static readonly string[] Endings = [".jsonl", ".ndjson", ".csv", ".tsv"];

    /// <summary>Lists a manifest.</summary>
    /// <param name="file">File with one of <see cref="Endings"/>.</param>
    /// <param name="options">Limits.</param>
    /// <exception cref="DataException">Not UTF-8, no such columns, or a quotation mark that is never closed.</exception>
    internal static PictureListing Read(string file, ExamplesOptions options)
    {
        bool json = Path.GetExtension(file).ToLowerInvariant() is ".jsonl" or ".ndjson";
        ListingBuilder listing = new(options);
        ContainedPaths paths = new(Path.GetDirectoryName(Path.GetFullPath(file))!);
        foreach (ManifestRow row in json ? JsonLines.Read(file) : TableRows.Read(file))
        {
            Add(listing, paths, $"{Path.GetFileName(file)}:{row.Line}", row);
        }
        return listing.Build(json ? "manifest of JSON lines" : "manifest table");
    }

    static void Add(ListingBuilder listing, ContainedPaths paths, string place, ManifestRow row)
    {
        if (row.Fault is { } fault)
        {
            listing.Skip(place, SkipReason.BadRow, fault);
            return;
        }
        if (paths.Resolve(row.Picture) is not { } full)
        {
            listing.Skip(place, SkipReason.OutsideFolder, $"\"{Shown(row.Picture)}\" must lead down from the manifest's folder, with no \"..\" and over no link");
            return;
        }
        try
        {
            FileInfo info = new(full);
            if (!info.Exists)
            {
                listing.Skip(place, SkipReason.Missing, $"\"{Shown(row.Picture)}\" is not there");
                return;
            }
            listing.Add(row.Picture.Replace('\\', '/'), full, 0, info.Length, row.Captions);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            listing.Skip(place, SkipReason.Unreadable, error.Message);
        }
    }

    static string Shown(string path) => path.Length <= 200 ? path : path[..200] + "…";
}
