using System.Formats.Tar;
using Parti.Training.Data;

namespace Parti.Training.Tests.Data;

public sealed class ExampleSourcesTests : IDisposable
{
    private static readonly byte[] Png = DataFolder.Png(4, 3, (_, _) => SkiaSharp.SKColors.Red);

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_Scenes_AreTheDrawnOnes()
    {
        IExamples scenes = ExampleSources.Open("scenes", new() { Seed = 5 });

        Assert.IsType<SceneExamples>(scenes);
        Assert.Equal(scenes.At(3, 8).Caption, scenes.CaptionAt(3));
        Assert.Equal(7, ExampleSources.Captions(scenes, 7).Count());
    }

    [Fact]
    public void Open_Folder_PairsPicturesWithCaptionsOfTheirName()
    {
        _folder.Pair("b/x.y.png", "dotted");
        _folder.Pair("a.png", "first");
        _folder.Write("c.JPG", Png);
        _folder.Write("c.TXT", "\uFEFF  upper case \r\n\r\n second line \n");
        _folder.Write("d.webp", Png);
        _folder.Write("d.caption", "other ending");
        _folder.Write("d.txt", "preferred ending");
        _folder.Write("e.png", Png);
        _folder.Write("f.txt", "no picture");
        _folder.Write("notes.md", "neither");
        _folder.Write("._a.png", "hidden");
        PictureListing listing = List();

        Assert.Equal(["a.png", "b/x.y.png", "c.JPG", "d.webp"], listing.Items.Select(item => item.Name));
        Assert.Equal(["first", "dotted", "upper case|second line", "preferred ending"], listing.Items.Select(item => string.Join('|', item.Captions)));
        Assert.Equal(("e.png", SkipReason.NoCaption), Only(listing));
    }

    [Fact]
    public void Open_LinkedFolder_IsNotFollowed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        _folder.Pair("a/x.png", "x");
        Directory.CreateSymbolicLink(_folder.At("a/loop"), _folder.Root);
        _folder.Write("a/y.txt", "linked picture");
        File.CreateSymbolicLink(_folder.At("a/y.png"), _folder.At("a/x.png"));
        PictureListing listing = List();

        Assert.Equal(["a/x.png", "a/y.png"], listing.Items.Select(item => item.Name));
        Assert.Equal(listing.Items[0].Length, listing.Items[1].Length);
    }

    [Fact]
    public void From_FilesInAnyOrder_IsTheSameListing()
    {
        foreach (int i in Enumerable.Range(0, 30))
        {
            _folder.Pair($"{i % 3}/{i}.png", $"caption {i}");
        }
        string[] files = Directory.GetFiles(_folder.Root, "*", SearchOption.AllDirectories);
        PictureListing listing = FolderListing.From(_folder.Root, files, new());
        new Random(4).Shuffle(files);
        PictureListing shuffled = FolderListing.From(_folder.Root, files, new());

        Assert.Equal(listing.Items.Select(item => item.Name), shuffled.Items.Select(item => item.Name));
        Assert.Equal(new PictureExamples(listing, new()).Identity, new PictureExamples(shuffled, new()).Identity);
    }

    [Theory]
    [InlineData("image", "caption")]
    [InlineData("FILE_NAME", "Text")]
    [InlineData("path", "captions")]
    [InlineData("file", "text")]
    public void Open_JsonLines_AcceptsCommonKeys(string picture, string caption)
    {
        _folder.Write("p/a.png", Png);
        string manifest = _folder.Write("list.jsonl", $$"""
            {"{{picture}}": "p/a.png", "{{caption}}": "a \"dog\"", "other": 1}

            {"{{picture}}": "./p/a.png", "{{caption}}": ["one", " two ", ""]}
            {"{{picture}}": "p/a.png"}
            {"{{caption}}": "no picture"}
            [1, 2]
            {"{{picture}}": "p/a.png", "{{caption}}":
            {"{{picture}}": "p/a.png", "{{caption}}": 7}
            {"{{picture}}": "p/a.png", "{{caption}}": " "}
            """);
        PictureListing listing = List(manifest);

        Assert.Equal(["a \"dog\"", "one|two"], listing.Items.Select(item => string.Join('|', item.Captions)));
        Assert.Equal(
            [SkipReason.BadCaption, SkipReason.BadRow, SkipReason.BadRow, SkipReason.BadRow, SkipReason.BadCaption, SkipReason.EmptyCaption],
            listing.Skipped.Select(item => item.Reason));
        Assert.Equal("list.jsonl:5", listing.Skipped[1].Name);
    }

    [Theory]
    [InlineData(".csv", ',')]
    [InlineData(".tsv", '\t')]
    public void Open_Table_QuotesAsRfc4180(string ending, char separator)
    {
        _folder.Write("a.png", Png);
        string rows = """"
            id,Caption,image
            1,plain,a.png
            2,"commas, and ""marks""",a.png
            3,"two
            lines",a.png
            4,"half" quoted,a.png
            5,too few
            6,too,many,a.png

            7,a "mark" inside,a.png
            8,gone,b.png
            9,"",a.png
            """";
        PictureListing listing = List(_folder.Write("list" + ending, rows.Replace(',', separator).Replace("\n", "\r\n")));

        Assert.Equal(["plain", $"commas{separator} and \"marks\"", "two|lines", "a \"mark\" inside"], listing.Items.Select(item => string.Join('|', item.Captions)));
        Assert.Equal(
            [$"list{ending}:6 bad_row", $"list{ending}:7 bad_row", $"list{ending}:8 bad_row", $"list{ending}:11 missing", "a.png empty_caption"],
            listing.Skipped.Select(item => $"{item.Name} {item.Word}"));
    }

    [Theory]
    [InlineData("image,words\na.png,x\n", "captions")]
    [InlineData("picture,text\na.png,x\n", "pictures")]
    [InlineData("", "pictures")]
    [InlineData("image,text\na.png,\"never closed\n", "line 2")]
    public void Open_UnusableTable_NamesFileAndWayOut(string content, string reason)
    {
        string file = _folder.Write("list.csv", content);
        AssertRefused(file, file, reason);
    }

    [Fact]
    public void Open_ManifestNotUtf8_SaysSo()
    {
        string file = _folder.Write("list.csv", [.. "image,text\na.png,"u8, 0xE9, (byte)'\n']);
        AssertRefused(file, file, "UTF-8");
    }

    [Fact]
    public void Open_ManifestPathsThatLeaveTheFolder_AreRefusedAndCounted()
    {
        _folder.Write("outside.png", Png);
        _folder.Write("data/in/a.png", Png);
        List<string> paths = ["in/a.png", "../outside.png", "in/../../outside.png", _folder.At("outside.png"), "in\\..\\a.png", "", "\\\\server\\x.png"];
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(_folder.At("data/link.png"), _folder.At("outside.png"));
            Directory.CreateSymbolicLink(_folder.At("data/up"), _folder.Root);
            paths.AddRange(["link.png", "up/outside.png"]);
        }
        string rows = string.Join('\n', paths.Select(path => System.Text.Json.JsonSerializer.Serialize(new { image = path, text = "x" })));
        PictureExamples examples = ExampleSources.OpenPictures(_folder.Write("data/list.jsonl", rows));

        Assert.Equal(1, examples.Count);
        Assert.Equal(paths.Count - 1, examples.Skipped[SkipReason.OutsideFolder]);
    }

    [Fact]
    public void Open_Shards_GroupMembersByKey()
    {
        Tar("s-000.tar", ("0001.jpg", Png), ("0001.txt", "one"), ("0002.json", "{\"text\": [\"two\", \"deux\"]}"), ("0002.seg.png", Png), ("0002.PNG", Png));
        Tar("s-001.tar", ("0001.webp", Png), ("0001.caption", "three"), ("a.b/0003.png", Png), ("a.b/0003.txt", "four"), ("0004.png", Png), ("0005.txt", "alone"), ("0001.webp", Png));
        PictureListing listing = List();

        Assert.Equal(["s-000.tar/0001.jpg", "s-000.tar/0002.PNG", "s-001.tar/0001.webp", "s-001.tar/a.b/0003.png"], listing.Items.Select(item => item.Name));
        Assert.Equal(["one", "two|deux", "three", "four"], listing.Items.Select(item => string.Join('|', item.Captions)));
        Assert.Equal(["0001.webp duplicate", "0004.png no_caption"], listing.Skipped.Select(item => $"{item.Name["s-001.tar/".Length..]} {item.Word}"));
        Assert.All(Enumerable.Range(0, 4), i => Assert.Null(new PictureExamples(listing, new()).Check(i)));
        string pattern = _folder.At("s-{000..001}.tar"), stars = _folder.At("s-*.tar");
        Assert.Equal(4, List(pattern).Items.Count);
        Assert.Equal(ExampleSources.Open(pattern).Identity, ExampleSources.Open(stars).Identity);
        Assert.Equal(ExampleSources.Open(_folder.Root).Identity, ExampleSources.Open(stars).Identity);
        AssertRefused(_folder.At("s-{000..002}.tar"), "s-002.tar", "range");
        AssertRefused(_folder.At("t-*.tar"), "t-*.tar", "no file matches");
    }

    [Fact]
    public void Open_TruncatedShard_KeepsWhatCameBefore()
    {
        Tar("s.tar", ("1.png", Png), ("1.txt", "one"), ("2.png", Png), ("2.txt", "two"));
        byte[] archive = File.ReadAllBytes(_folder.At("s.tar"));
        TarMember second = TarIndex.Read(_folder.At("s.tar")).Members.Single(member => member.Name == "2.png");
        PictureExamples examples = ExampleSources.OpenPictures(_folder.Write("cut.tar", archive[..((int)second.Offset + 10)]));

        Assert.Equal("one", Assert.Single(examples.Captions));
        SkippedItem skipped = Assert.Single(examples.LeftOut);
        Assert.Equal(("cut.tar", SkipReason.BadArchive), (skipped.Name, skipped.Reason));
        Assert.Contains("2.png", skipped.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x-{08..11}.tar", "x-08.tar x-09.tar x-10.tar x-11.tar")]
    [InlineData("{a,b}{2..1}", "a2 a1 b2 b1")]
    [InlineData("plain{", "plain{")]
    public void Braces_Pattern_Expands(string pattern, string wanted) => Assert.Equal(wanted.Split(' '), FilePattern.Braces(pattern));

    [Fact]
    public void Braces_EndlessRange_IsRefused() => Assert.Throws<DataException>(() => FilePattern.Braces("{0..99999999}"));

    [Fact]
    public void Open_NothingOfUse_SaysWhatAndTheWayOut()
    {
        AssertRefused(_folder.At("missing"), "is not there", "scenes");
        AssertRefused(_folder.Root, "no picture");
        _folder.Write("a.png", Png);
        _folder.Write("b.png", Png);
        AssertRefused(_folder.Root, "none of its 2 pictures has a caption", "x.txt");
        _folder.Write("b.txt", " \n");
        AssertRefused(_folder.Root, "none of its 2 entries", "a.png");
        AssertRefused(_folder.At("a.png"), "no known kind");
        _folder.Write("metadata.csv", "image,text\n");
        _folder.Write("captions.tsv", "image\ttext\n");
        AssertRefused(_folder.Root, "captions.tsv, metadata.csv");
    }

    [Fact]
    public void Open_OptionOutOfRange_NamesIt()
    {
        _folder.Pair("a.png", "x");
        DataException error = Assert.Throws<DataException>(() => ExampleSources.Open(_folder.Root, new() { Views = -1 }));
        Assert.Contains("Views is -1, allowed is 0 to", error.Message, StringComparison.Ordinal);
    }

    private PictureListing List(string? spec = null) => ExampleSources.List(spec ?? _folder.Root, new());

    private static (string, SkipReason) Only(PictureListing listing)
    {
        SkippedItem item = Assert.Single(listing.Skipped);
        return (item.Name, item.Reason);
    }

    private static void AssertRefused(string spec, params string[] words)
    {
        DataException error = Assert.Throws<DataException>(() => ExampleSources.Open(spec));
        Assert.DoesNotContain('\n', error.Message);
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
    }

    private void Tar(string name, params (string Name, Content Content)[] members)
    {
        using FileStream file = File.Create(_folder.At(name));
        using TarWriter writer = new(file, TarEntryFormat.Pax);
        foreach ((string member, Content content) in members)
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, member) { DataStream = new MemoryStream(content.Bytes) });
        }
    }

    private readonly record struct Content(byte[] Bytes)
    {
        public static implicit operator Content(byte[] bytes) => new(bytes);

        public static implicit operator Content(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));
    }
}
