using Parti.Training.Scenes;
using Parti.Training.Sprites;

namespace Parti.Training.Data;

/// <summary>Opens training data by one word: drawn scenes, scenes of sprites, or pictures of the user's own.</summary>
public static class ExampleSources
{
    /// <summary>The word for drawn scenes.</summary>
    public const string Scenes = "scenes";

    static readonly string[] FolderManifests = ["metadata", "captions", "manifest"];

    /// <summary>
    /// Opens a source. A folder with <c>sprites.jsonl</c> holds sprites, which scenes are composed of; else it is read by its manifest (<c>metadata</c>, <c>captions</c> or <c>manifest</c> with one of the endings below) if it
    /// has one, else by its tar shards, else as pictures with a text file beside each.
    /// </summary>
    /// <param name="spec"><c>scenes</c>, a folder, a manifest (.jsonl, .ndjson, .csv, .tsv), a .tar file, or a pattern of .tar files.</param>
    /// <param name="options">Crops, limits, seed.</param>
    /// <exception cref="DataException">Nothing is there, nothing has a caption, or it cannot be read; one line with the way out.</exception>
    public static IExamples Open(string spec, ExamplesOptions? options = null) => spec == Scenes
        ? OpenScenes(options ?? new())
        : SpriteSet.IsIn(spec) ? new SpriteExamples(new(SpriteSet.Open(spec), options?.Seed ?? 1, SceneSplit.Train)) : OpenPictures(spec, options);

    /// <summary>Whether a source draws its pictures, and has as many as are asked for.</summary>
    /// <param name="spec">As for <see cref="Open"/>.</param>
    public static bool IsDrawn(string spec) => spec == Scenes || SpriteSet.IsIn(spec);

    /// <summary>Opens pictures of the user's own.</summary>
    /// <inheritdoc cref="Open" path="/param|/exception"/>
    public static PictureExamples OpenPictures(string spec, ExamplesOptions? options = null)
    {
        options ??= new();
        options.Validate();
        if (IsDrawn(spec))
        {
            throw new DataException($"{spec}: is drawn when it is asked for and has no pictures of its own to read.");
        }
        PictureListing listing = List(spec, options);
        return listing.Items.Count > 0 ? new(listing, options) : throw Nothing(spec, listing);
    }

    /// <summary>Captions to train a text tokenizer on: every one of pictures, or those of the first places of an endless stream.</summary>
    /// <param name="examples">Source.</param>
    /// <param name="most">Most captions, from 0.</param>
    public static IEnumerable<string> Captions(IExamples examples, int most)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return (examples is PictureExamples pictures ? pictures.Captions : Enumerable.Range(0, most).Select(i => examples.CaptionAt(i))).Take(most);
    }

    static IExamples OpenScenes(ExamplesOptions options)
    {
        SceneExamples scenes = new(new SceneGenerator(options.Seed, SceneSplit.Train));
        return options.Forms > 0 ? new FormExamples(scenes, options.Forms, options.Seed) : scenes;
    }

    internal static PictureListing List(string spec, ExamplesOptions options)
    {
        try
        {
            if (Directory.Exists(spec))
            {
                return ListFolder(spec, options);
            }
            string ending = Path.GetExtension(spec).ToLowerInvariant();
            return File.Exists(spec) || FilePattern.Is(spec)
                ? ending == ".tar" ? ShardListing.Read(File.Exists(spec) ? [spec] : FilePattern.Files(spec), options) : ListManifest(spec, ending, options)
                : throw new DataException($"{spec}: is not there; name \"{Scenes}\", {What}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{spec}: cannot be read: {error.Message}", error);
        }
    }

    static string What => $"a folder of pictures, a manifest ({string.Join(", ", ManifestListing.Endings)}) or .tar shards";

    static PictureListing ListManifest(string spec, string ending, ExamplesOptions options) => File.Exists(spec) && ManifestListing.Endings.Contains(ending)
        ? ManifestListing.Read(spec, options)
        : throw new DataException($"{spec}: is of no known kind; name \"{Scenes}\", {What}.");

    static PictureListing ListFolder(string folder, ExamplesOptions options)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)];
        string[] manifests = [.. files.Where(IsManifest)], shards = [.. files.Where(file => Path.GetExtension(file).Equals(".tar", StringComparison.OrdinalIgnoreCase))];
        return (manifests, shards) switch
        {
            ([string manifest], _) => ManifestListing.Read(manifest, options),
            ([], []) => FolderListing.Read(folder, options),
            ([], _) => ShardListing.Read(shards, options),
            _ => throw new DataException($"{folder}: has {manifests.Length} manifests; name one of them: {string.Join(", ", manifests.Select(Path.GetFileName))}."),
        };
    }

    static bool IsManifest(string file) =>
        ManifestListing.Endings.Contains(Path.GetExtension(file).ToLowerInvariant())
        && FolderManifests.Contains(Path.GetFileNameWithoutExtension(file).ToLowerInvariant());

    static DataException Nothing(string spec, PictureListing listing)
    {
        if (listing.Skipped.Count == 0)
        {
            return new($"{spec}: no picture is there; pictures are {string.Join(", ", FolderListing.PictureEndings)} files.");
        }
        int bare = listing.Skipped.Count(item => item.Reason == SkipReason.NoCaption);
        return bare == listing.Skipped.Count
            ? new($"{spec}: none of its {bare} pictures has a caption; put x.txt beside x.png, or name a manifest of pictures and captions.")
            : new($"{spec}: none of its {listing.Skipped.Count} entries can be used; the first, {listing.Skipped[0].Name}: {listing.Skipped[0].Detail}.");
    }
}
