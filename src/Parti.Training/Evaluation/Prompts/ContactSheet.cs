using Parti.Models.Checkpoints;
using Parti.Training.Drawing;

namespace Parti.Training.Evaluation.Prompts;

/// <summary>What a contact sheet says above its pictures.</summary>
/// <param name="Model">What made them.</param>
/// <param name="List">Name of the list of prompts.</param>
/// <param name="Options">How they were made.</param>
/// <param name="ImageSize">Edge of a picture in pixels.</param>
public sealed record ContactSheetHead(string Model, string List, PromptPictureOptions Options, int ImageSize)
{
    /// <summary>Settings in one line.</summary>
    public string Settings => $"{Options.Setting}, seed {Options.Seed}, {ImageSize} px";
}

/// <summary>Shows the pictures of a list of prompts: one page for a browser, and PNG sheets of each category.</summary>
public static class ContactSheet
{
    /// <summary>File of the page.</summary>
    public const string PageName = "index.html";

    /// <summary>Name of the category of prompts that have none.</summary>
    public const string NoCategory = "all prompts";

    const int Columns = 8, PicturesASheet = 160;

    /// <summary>Writes page and sheets for the pictures that are there.</summary>
    /// <param name="folder">Folder of the pictures.</param>
    /// <param name="head">What stands above them.</param>
    /// <param name="pictures">The pictures.</param>
    /// <returns>Names of the files written, the page first.</returns>
    /// <exception cref="InvalidDataException">A picture is damaged.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Write(string folder, ContactSheetHead head, PromptPictures pictures)
    {
        IReadOnlyList<PromptPicture> present = pictures.Present;
        List<string> files = [PageName];
        List<(string Title, string File)> sheets = [];
        foreach ((string title, string file, PromptPicture[] some) in Sheets(present))
        {
            PictureGrid grid = new([.. some.Select(picture => new GridPicture(PngFile.Read(pictures.PathOf(picture)), picture.Entry.Prompt))], Columns)
            {
                Title = $"{title}: {head.Model}, {head.Settings}",
            };
            PngFile.Write(Path.Combine(folder, file), grid.ToPng());
            sheets.Add((title, file));
            files.Add(file);
        }
        AtomicFile.CreateDirectory(folder);
        string page = ContactPage.Of(head, pictures.All.Count, present, sheets);
        AtomicFile.Write(Path.Combine(folder, PageName), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(page)));
        return files;
    }

    static IEnumerable<(string Title, string File, PromptPicture[] Pictures)> Sheets(IReadOnlyList<PromptPicture> pictures)
    {
        HashSet<string> names = [];
        foreach (IGrouping<string, PromptPicture> category in pictures.GroupBy(picture => picture.Entry.Category))
        {
            string title = category.Key.Length == 0 ? NoCategory : category.Key, name = PromptPictures.Words(title);
            // Categories that differ in signs alone would share a file.
            for (int again = 2; !names.Add(name); again++)
            {
                name = $"{PromptPictures.Words(title)}-{again}";
            }
            PromptPicture[][] parts = [.. category.Chunk(PicturesASheet)];
            for (int i = 0; i < parts.Length; i++)
            {
                yield return parts.Length == 1
                    ? (title, $"sheet-{name}.png", parts[i])
                    : ($"{title}, part {i + 1} of {parts.Length}", $"sheet-{name}-part{i + 1}.png", parts[i]);
            }
        }
    }
}
