using System.Formats.Tar;
using System.Text;
using Parti.Training.Data;

namespace Parti.Training.Tests.Data;

public sealed class TarIndexTests : IDisposable
{
    private static readonly string LongName = string.Concat(Enumerable.Repeat("a-long-folder/", 20)) + "ünï.png";

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void Read_EveryFormat_EqualsTheArchiveUnpacked(TarEntryFormat format)
    {
        string longest = format is TarEntryFormat.Gnu or TarEntryFormat.Pax ? LongName : format == TarEntryFormat.Ustar ? new string('d', 90) + "/" + new string('n', 80) : "short";
        (string Name, byte[] Content)[] files =
        [
            ("0001.jpg", Bytes(700)), ("0001.txt", Bytes(0)), (longest, Bytes(512)), ("dir/0002.jpg", Bytes(513)), ("z", Bytes(3)),
        ];
        string archive = Write(format, files);
        (IReadOnlyList<TarMember> members, string? fault) = TarIndex.Read(archive);

        Assert.Null(fault);
        byte[] all = File.ReadAllBytes(archive);
        Assert.Equal(files.Select(file => file.Name), members.Select(member => member.Name));
        Assert.Equal(Unpacked(archive), members.Select(member => all.AsSpan((int)member.Offset, (int)member.Length).ToArray()));
    }

    [Fact]
    public void Read_AnyPrefix_KeepsWhatIsWholeAndSaysWhereItEnds()
    {
        byte[] archive = File.ReadAllBytes(Write(TarEntryFormat.Gnu, [("a.png", Bytes(600)), (LongName, Bytes(20)), ("c.png", Bytes(512))]));
        (IReadOnlyList<TarMember> whole, string? none) = TarIndex.Read(_folder.Write("whole.tar", archive));
        Assert.Null(none);
        for (int length = 1; length < archive.Length; length += 61)
        {
            (IReadOnlyList<TarMember> members, string? fault) = TarIndex.Read(_folder.Write("cut.tar", archive[..length]));
            int complete = whole.Count(member => member.Offset + member.Length <= length);

            Assert.Equal(whole.Take(complete), members);
            bool isBetween = complete == whole.Count || members.Count > 0 && length <= (members[^1].Offset + members[^1].Length + 511) / 512 * 512;
            Assert.True(fault is not null || isBetween, $"{length} bytes have no fault");
        }
    }

    [Fact]
    public void Read_DamagedHeader_SaysWhere()
    {
        byte[] archive = File.ReadAllBytes(Write(TarEntryFormat.Ustar, [("a.png", Bytes(10)), ("b.png", Bytes(10))]));
        archive[1024 + 3] ^= 1;
        (IReadOnlyList<TarMember> members, string? fault) = TarIndex.Read(_folder.Write("damaged.tar", archive));

        Assert.Equal("a.png", Assert.Single(members).Name);
        Assert.Contains("byte 1024", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_GnuBinarySize_IsUnderstood()
    {
        byte[] archive = File.ReadAllBytes(Write(TarEntryFormat.Gnu, [("a.png", Bytes(300))]));
        Array.Clear(archive, 124, 12);
        (archive[124], archive[134], archive[135]) = (0x80, 1, 44);
        archive.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(archive.AsSpan(0, 512).ToArray().Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(archive, 148);

        Assert.Equal(300, Assert.Single(TarIndex.Read(_folder.Write("binary.tar", archive)).Members).Length);
    }

    [Theory]
    [InlineData("no archive at all, and no picture either", "no tar archive")]
    [InlineData("\u001f\u008b\u0008", "compressed")]
    public void Read_NoTar_SaysSo(string content, string reason)
    {
        string file = _folder.Write("x.tar", Encoding.Latin1.GetBytes(content.PadRight(600)));
        DataException error = Assert.Throws<DataException>(() => TarIndex.Read(file));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 31 + count))];

    private string Write(TarEntryFormat format, (string Name, byte[] Content)[] files)
    {
        string path = _folder.At($"{format}.tar");
        using FileStream file = File.Create(path);
        using TarWriter writer = new(file, format);
        foreach ((string name, byte[] content) in files)
        {
            TarEntryType type = format == TarEntryFormat.V7 ? TarEntryType.V7RegularFile : TarEntryType.RegularFile;
            TarEntry entry = format switch
            {
                TarEntryFormat.V7 => new V7TarEntry(type, name),
                TarEntryFormat.Ustar => new UstarTarEntry(type, name),
                TarEntryFormat.Gnu => new GnuTarEntry(type, name),
                _ => new PaxTarEntry(type, name),
            };
            entry.DataStream = new MemoryStream(content);
            writer.WriteEntry(entry);
        }
        return path;
    }

    private static List<byte[]> Unpacked(string archive)
    {
        List<byte[]> contents = [];
        using FileStream file = File.OpenRead(archive);
        using TarReader reader = new(file);
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            using MemoryStream content = new();
            entry.DataStream?.CopyTo(content);
            contents.Add(content.ToArray());
        }
        return contents;
    }
}
