namespace Parti.Training.Data;

/// <summary>A captioned picture, not yet read.</summary>
/// <param name="Name">Path below the data's folder with <c>/</c>, or <c>shard/key.ending</c>.</param>
/// <param name="File">The file that holds it.</param>
/// <param name="Offset">Where it begins in that file.</param>
/// <param name="Length">Its bytes, from 1.</param>
/// <param name="Captions">At least one, none blank.</param>
sealed record PictureItem(string Name, string File, long Offset, long Length, string[] Captions);

/// <summary>The captioned pictures of a source in an order that does not depend on the file system, and what was left out.</summary>
/// <param name="Kind">What the source is, in words.</param>
/// <param name="Items">Items.</param>
/// <param name="Skipped">What was left out.</param>
sealed record PictureListing(string Kind, IReadOnlyList<PictureItem> Items, IReadOnlyList<SkippedItem> Skipped);

/// <summary>Collects a listing; what every kind of source refuses, it refuses here.</summary>
/// <param name="options">Limits.</param>
sealed class ListingBuilder(ExamplesOptions options)
{
    readonly List<PictureItem> _items = [];
    readonly List<SkippedItem> _skipped = [];

    /// <summary>Takes a picture in, or refuses it.</summary>
    internal void Add(PictureItem item)
    {
        if (item.Length == 0)
        {
            Skip(item.Name, SkipReason.EmptyFile, "has no bytes");
        }
        else if (item.Length > options.MaxFileBytes)
        {
            Skip(item.Name, SkipReason.TooManyBytes, $"has {item.Length} bytes, at most {options.MaxFileBytes} are read");
        }
        else if (item.Captions.Length == 0)
        {
            Skip(item.Name, SkipReason.EmptyCaption, "its caption is blank");
        }
        else
        {
            _items.Add(item);
        }
    }

    /// <summary>Takes a picture in whose captions may have a fault.</summary>
    internal void Add(string name, string file, long offset, long length, CaptionResult captions)
    {
        if (captions.Fault is { } fault)
        {
            Skip(name, SkipReason.BadCaption, fault);
            return;
        }
        Add(new(name, file, offset, length, captions.Captions));
    }

    /// <summary>Leaves something out.</summary>
    internal void Skip(string name, SkipReason reason, string detail) => _skipped.Add(new(name, reason, detail));

    /// <summary>What was collected.</summary>
    internal PictureListing Build(string kind) => new(kind, _items, _skipped);
}
