using Microsoft.Win32.SafeHandles;

namespace Parti.Training.Data;

/// <summary>
/// WebDataset shards: tar archives whose members of one key, the path up to the first dot of its last part, make one example, such as
/// <c>0001.jpg</c> with <c>0001.txt</c>. Pictures stay where they are and are read by their offset.
/// </summary>
static class ShardListing
{
    static readonly string[] PictureEndings = ["jpg", "jpeg", "png", "webp"];
    static readonly string[] CaptionEndings = ["txt", "caption", "json"];

    /// <summary>Lists shards by name, and what is in each in its order.</summary>
    /// <param name="files">Archives.</param>
    /// <param name="options">Limits.</param>
    /// <exception cref="DataException">An archive is compressed, no tar archive, or cannot be read.</exception>
    internal static PictureListing Read(IEnumerable<string> files, ExamplesOptions options)
    {
        ListingBuilder listing = new(options);
        string[] sorted = [.. files.OrderBy(Path.GetFileName, StringComparer.Ordinal).ThenBy(file => file, StringComparer.Ordinal)];
        foreach (string file in sorted)
        {
            (IReadOnlyList<TarMember> members, string? fault) = TarIndex.Read(file);
            AddShard(listing, file, members);
            if (fault is not null)
            {
                listing.Skip(Path.GetFileName(file), SkipReason.BadArchive, $"{fault}; what follows is lost: copy the archive again");
            }
        }
        return listing.Build(sorted.Length == 1 ? "WebDataset shard" : $"{sorted.Length} WebDataset shards");
    }

    static void AddShard(ListingBuilder listing, string file, IReadOnlyList<TarMember> members)
    {
        using SafeFileHandle handle = File.OpenHandle(file);
        string shard = Path.GetFileName(file);
        foreach (IGrouping<string, (string Ending, TarMember Member)> group in members.Where(IsVisible).Select(Split).GroupBy(entry => entry.Key, entry => (entry.Ending, entry.Member), StringComparer.Ordinal))
        {
            Dictionary<string, TarMember> parts = new(StringComparer.Ordinal);
            foreach ((string ending, TarMember member) in group)
            {
                if (!parts.TryAdd(ending, member))
                {
                    listing.Skip($"{shard}/{member.Name}", SkipReason.Duplicate, "is there twice; the first one counts");
                }
            }
            AddGroup(listing, file, handle, parts);
        }
    }

    static void AddGroup(ListingBuilder listing, string file, SafeFileHandle handle, Dictionary<string, TarMember> parts)
    {
        if (PictureEndings.FirstOrDefault(parts.ContainsKey) is not { } ending)
        {
            return;
        }
        TarMember picture = parts[ending];
        string name = $"{Path.GetFileName(file)}/{picture.Name}";
        if (CaptionEndings.FirstOrDefault(parts.ContainsKey) is not { } caption)
        {
            listing.Skip(name, SkipReason.NoCaption, $"has no member {string.Join(" or ", CaptionEndings)} of its key");
            return;
        }
        listing.Add(name, file, picture.Offset, picture.Length, Captions(handle, parts[caption], caption == "json"));
    }

    static CaptionResult Captions(SafeFileHandle handle, TarMember member, bool json)
    {
        byte[] bytes = new byte[Math.Min(member.Length, CaptionText.MaxBytes + 1)];
        FileBytes.Read(handle, bytes, member.Offset);
        return json ? CaptionText.FromJsonBytes(bytes) : CaptionText.FromBytes(bytes);
    }

    // Names that begin with a dot are what systems keep for themselves.
    static bool IsVisible(TarMember member) => member.Name[(member.Name.LastIndexOf('/') + 1)..] is [not '.', ..];

    static (string Key, string Ending, TarMember Member) Split(TarMember member)
    {
        int dot = member.Name.IndexOf('.', member.Name.LastIndexOf('/') + 1);
        return dot < 0 ? (member.Name, "", member) : (member.Name[..dot], member.Name[(dot + 1)..].ToLowerInvariant(), member);
    }
}
