using System.Security.Cryptography;
using System.Text;
using Parti.Training.Scenes;

namespace Parti.Training.Data;

/// <summary>
/// Pictures of the user's own. Epoch e is a permutation of the items; a place whose picture is broken shows the next good one of that
/// epoch's order, so that a resumed run sees the same. Crops and captions are drawn from the seed: crop by item and view, caption by item
/// and epoch. Items and captions are held in memory, pictures are read when asked for.
/// </summary>
public sealed class PictureExamples : IExamples
{
    /// <summary>Changes whenever any example of any stream changes; part of <see cref="Identity"/>.</summary>
    public const int Version = 1;

    readonly PictureListing _listing;
    readonly ExamplesOptions _options;
    readonly SkippedList _skipped;
    readonly SkippedItem?[] _broken;

    internal PictureExamples(PictureListing listing, ExamplesOptions options)
    {
        (_listing, _options) = (listing, options);
        _skipped = new(options.SkippedFolder);
        _skipped.Add(listing.Skipped);
        _broken = new SkippedItem?[listing.Items.Count];
        Identity = $"pictures {Version}.{EpochOrder.Version} {options.Crop} views {options.DistinctViews} seed {options.Seed} items {listing.Items.Count} {Digest()}";
    }

    /// <inheritdoc />
    public string Identity { get; }

    /// <summary>What the source is, in words.</summary>
    public string Kind => _listing.Kind;

    /// <summary>Captioned pictures, broken ones among them until they are found out.</summary>
    public int Count => _listing.Items.Count;

    /// <summary>How many pictures were passed over so far, by reason.</summary>
    public IReadOnlyDictionary<SkipReason, long> Skipped => _skipped.Counts;

    /// <summary>What was left out when the source was listed, in its order.</summary>
    public IReadOnlyList<SkippedItem> LeftOut => _listing.Skipped;

    /// <summary>Every caption of every item, in the order of the listing.</summary>
    public IEnumerable<string> Captions => _listing.Items.SelectMany(item => item.Captions);

    /// <inheritdoc />
    public long? Distinct => _options.DistinctViews == 0 ? null : (long)Count * _options.DistinctViews;

    /// <summary>Item · views + view, or the place itself where every epoch has fresh crops.</summary>
    /// <inheritdoc />
    public long Key(long index)
    {
        (long epoch, long place) = Split(index);
        return KeyOf(GoodItem(epoch, place), epoch, index);
    }

    /// <inheritdoc />
    public string CaptionAt(long index)
    {
        (long epoch, long place) = Split(index);
        return Caption(GoodItem(epoch, place), epoch);
    }

    /// <inheritdoc />
    /// <exception cref="DataException">No picture of the source can be read.</exception>
    public Example At(long index, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        (RgbPicture picture, int item, long epoch) = Read(index);
        byte[] pixels = PictureResampler.Resample(picture, Crop(picture, item, epoch, size), size);
        return new(Caption(item, epoch), pixels) { Key = KeyOf(item, epoch, index) };
    }

    /// <summary>The crop at the large size, and every <paramref name="factor"/>-th pixel of it, the middle ones (Parti figure 4: nearest).</summary>
    /// <inheritdoc />
    /// <exception cref="DataException">No picture of the source can be read.</exception>
    public (Example Small, Example Large) PairAt(long index, int size, int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        Example large = At(index, size * factor);
        byte[] small = new byte[3 * size * size];
        for (int i = 0; i < size * size; i++)
        {
            int x = i % size * factor + factor / 2, y = i / size * factor + factor / 2;
            large.Pixels.AsSpan(3 * (y * size * factor + x), 3).CopyTo(small.AsSpan(3 * i));
        }
        return (large with { Pixels = small }, large);
    }

    /// <summary>Whole picture and caption at a place.</summary>
    /// <param name="index">Place in the stream, from 0.</param>
    /// <exception cref="DataException">No picture of the source can be read.</exception>
    public PictureSummary Summarize(long index)
    {
        (RgbPicture picture, int item, long epoch) = Read(index);
        return new(_listing.Items[item].Name, picture.Width, picture.Height, Caption(item, epoch));
    }

    /// <summary>Reads one item as training would, and says why it would be passed over; null for a good one.</summary>
    /// <param name="item">0 to <see cref="Count"/> - 1, in the order of the listing.</param>
    public SkippedItem? Check(int item)
    {
        Decode(item);
        return Volatile.Read(ref _broken[item]);
    }

    (RgbPicture Picture, int Item, long Epoch) Read(long index)
    {
        (long epoch, long place) = Split(index);
        while (true)
        {
            int item = GoodItem(epoch, place);
            if (Decode(item) is { } picture)
            {
                return (picture, item, epoch);
            }
        }
    }

    // The next item of the epoch's order that is not known to be broken.
    int GoodItem(long epoch, long place)
    {
        EpochOrder order = new(Count, _options.Seed, epoch);
        for (long i = 0; i < Count; i++)
        {
            int item = (int)order.At((place + i) % Count);
            if (Volatile.Read(ref _broken[item]) is null)
            {
                return item;
            }
        }
        throw new DataException($"None of the {Count} pictures can be read; the first, {_broken[0]!.Name}: {_broken[0]!.Detail}.");
    }

    RgbPicture? Decode(int item)
    {
        PictureResult result = PictureReader.Read(_listing.Items[item], _options);
        if (result.Picture is null)
        {
            SkippedItem skipped = new(_listing.Items[item].Name, result.Reason, result.Detail);
            if (Interlocked.CompareExchange(ref _broken[item], skipped, null) is null)
            {
                _skipped.Add(skipped);
            }
        }
        return result.Picture;
    }

    (long Epoch, long Place) Split(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return Math.DivRem(index, Count);
    }

    long View(long epoch) => _options.DistinctViews == 0 ? epoch : epoch % _options.DistinctViews;

    long KeyOf(int item, long epoch, long index) => _options.DistinctViews == 0 ? index : (long)item * _options.DistinctViews + View(epoch);

    PictureCrop Crop(RgbPicture picture, int item, long epoch, int size)
    {
        SceneRandom random = new(SceneRandom.Key(Version, _options.Seed, (ulong)item, (ulong)View(epoch), 0));
        return PictureCrop.Plan(_options.Crop, picture.Width, picture.Height, size, ref random);
    }

    string Caption(int item, long epoch)
    {
        string[] captions = _listing.Items[item].Captions;
        SceneRandom random = new(SceneRandom.Key(Version, _options.Seed, (ulong)item, (ulong)epoch, 1));
        return captions[random.Below(captions.Length)];
    }

    string Digest()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes($"{text.Length}:{text}"));
        Add($"{_options.MaxPixels} {_options.MaxFileBytes} {_options.MinEdge}");
        foreach (PictureItem item in _listing.Items)
        {
            Add(item.Name);
            Add($"{item.Length} {item.Captions.Length}");
            Array.ForEach(item.Captions, Add);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }
}

/// <summary>What a picture is, without its pixels.</summary>
/// <param name="Name">Path below the data's folder, or <c>shard/key.ending</c>.</param>
/// <param name="Width">Width in pixels, upright.</param>
/// <param name="Height">Height in pixels, upright.</param>
/// <param name="Caption">The caption drawn for this place.</param>
public sealed record PictureSummary(string Name, int Width, int Height, string Caption);
