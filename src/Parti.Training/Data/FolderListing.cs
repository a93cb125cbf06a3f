using System.IO.Enumeration;

namespace Parti.Training.Data;

/// <summary>Pictures in a folder and those below it, each with a text file of its name beside it: <c>x.png</c> and <c>x.txt</c>, or <c>x.caption</c>.</summary>
static class FolderListing
{
    /// <summary>Endings of pictures.</summary>
    internal static readonly string[] PictureEndings = [".jpg", ".jpeg", ".png", ".webp"];

    /// <summary>Endings of captions; of two beside one picture the first counts.</summary>
    internal static readonly string[] CaptionEndings = [".txt", ".caption"];

    /// <summary>Lists a folder by the names of its pictures.</summary>
    /// <param name="folder">Folder.</param>
    /// <param name="options">Limits.</param>
    internal static PictureListing Read(string folder, ExamplesOptions options) => From(folder, Files(folder), options);

    /// <summary>The same for files that are already known, in any order.</summary>
    internal static PictureListing From(string folder, IEnumerable<string> files, ExamplesOptions options)
    {
        List<string> pictures = [];
        Dictionary<string, string> captions = new(StringComparer.Ordinal);
        foreach (string file in files)
        {
            string ending = Path.GetExtension(file).ToLowerInvariant();
            if (PictureEndings.Contains(ending))
            {
                pictures.Add(file);
            }
            else if (CaptionEndings.Contains(ending))
            {
                string key = Path.ChangeExtension(file, ending);
                captions[key] = captions.TryGetValue(key, out string? other) && string.CompareOrdinal(other, file) < 0 ? other : file;
            }
        }
        ListingBuilder listing = new(options);
        foreach ((string name, string file) in pictures.Select(file => (NameOf(folder, file), file)).OrderBy(pair => pair.Item1, StringComparer.Ordinal))
        {
            Add(listing, name, file, CaptionEndings.Select(ending => captions.GetValueOrDefault(Path.ChangeExtension(file, ending))).FirstOrDefault(found => found is not null));
        }
        return listing.Build("folder of pictures");
    }

    static void Add(ListingBuilder listing, string name, string file, string? caption)
    {
        if (caption is null)
        {
            listing.Skip(name, SkipReason.NoCaption, $"has no {string.Join(" or ", CaptionEndings)} file beside it");
            return;
        }
        try
        {
            CaptionResult captions = new FileInfo(caption).Length > CaptionText.MaxBytes
                ? CaptionResult.Bad($"its caption has more than {CaptionText.MaxBytes} bytes")
                : CaptionText.FromBytes(File.ReadAllBytes(caption));
            listing.Add(name, file, 0, LengthOf(file), captions);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            listing.Skip(name, SkipReason.Unreadable, error.Message);
        }
    }

    // A link's own length is that of its text.
    static long LengthOf(string file)
    {
        FileInfo info = new(file);
        return info.LinkTarget is null ? info.Length : ((FileInfo)info.ResolveLinkTarget(returnFinalTarget: true)!).Length;
    }

    static string NameOf(string folder, string file) => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/');

    // Linked folders may lead in a circle.
    static FileSystemEnumerable<string> Files(string folder) => new(
        folder, (ref FileSystemEntry entry) => entry.ToFullPath(), new() { RecurseSubdirectories = true, IgnoreInaccessible = false })
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
        ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
    };
}
