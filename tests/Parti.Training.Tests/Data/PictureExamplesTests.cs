using Parti.Training.Data;
using SkiaSharp;

namespace Parti.Training.Tests.Data;

public sealed class PictureExamplesTests : IDisposable
{
    private const int Pictures = 1000;

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void At_ThousandPicturesTwentyBroken_ReadsWholeEpochsAndSaysWhatItSkipped()
    {
        string[] captions = Thousand();
        string skipped = _folder.At("run");
        ExamplesOptions options = new() { MaxFileBytes = 60_000, MaxPixels = 5_000, SkippedFolder = skipped, Crop = CropRule.Transformer, Views = 2 };
        PictureExamples examples = ExampleSources.OpenPictures(_folder.At("data"), options);
        File.Delete(_folder.At("data/0019.png"));
        Assert.Equal(Pictures - 7, examples.Count);

        for (int epoch = 0; epoch < 2; epoch++)
        {
            Example[] seen = [.. Enumerable.Range(0, examples.Count).Select(i => examples.At(((long)epoch * examples.Count) + i, 8))];
            int[] shown = [.. seen.Select(example => example.Pixels[0] + (example.Pixels[1] << 8)).Distinct().Order()];
            Assert.Equal(Enumerable.Range(20, Pictures - 20), shown);
            Assert.All(seen, example => Assert.Equal(captions[example.Pixels[0] + (example.Pixels[1] << 8)], example.Caption));
            Assert.Contains(seen, example => example.Caption.Length == 40_000);
        }

        SortedDictionary<SkipReason, long> wanted = new()
        {
            [SkipReason.NoCaption] = 2,
            [SkipReason.EmptyCaption] = 2,
            [SkipReason.EmptyFile] = 2,
            [SkipReason.TooManyBytes] = 1,
            [SkipReason.TooManyPixels] = 2,
            [SkipReason.Missing] = 1,
        };
        // Where the imaging library draws the line between the two is its own affair; PictureReaderTests look at it.
        SkipReason[] bytes = [SkipReason.NotAPicture, SkipReason.Damaged];
        Assert.Equal(wanted, examples.Skipped.Where(pair => !bytes.Contains(pair.Key)));
        Assert.Equal(10, bytes.Sum(reason => examples.Skipped.GetValueOrDefault(reason)));
        string[] lines = File.ReadAllLines(Path.Combine(skipped, "skipped.csv"));
        Assert.Equal("name,reason,detail", lines[0]);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i:D4}.png"), lines.Skip(1).Select(line => line.Split(',')[0]).Order());
    }

    [Fact]
    public void At_ResumedInAnotherInstance_ContinuesTheSameStream()
    {
        Small(broken: [3, 7]);
        PictureExamples whole = Open(), resumed = Open();
        Example[] stream = [.. Enumerable.Range(0, 60).Select(i => whole.At(i, 4))];

        Assert.Equal(whole.Identity, resumed.Identity);
        for (int i = 25; i < 60; i++)
        {
            AssertEqual(stream[i], resumed.At(i, 4));
        }
        // By now both know what is broken, and the keys say which picture is there in truth.
        Assert.All(Enumerable.Range(0, 60), i => Assert.Equal((stream[i].Key, stream[i].Caption), (whole.Key(i), whole.CaptionAt(i))));
    }

    [Fact]
    public void At_BrokenPicture_ShowsTheNextOfTheEpochsOrder()
    {
        Small(broken: []);
        PictureExamples good = Open();
        Example[] before = [.. Enumerable.Range(0, good.Count).Select(i => good.At(i, 4))];
        int broken = (int)good.Key(5) / 3;
        File.WriteAllText(_folder.At($"{broken:D2}.png"), "no picture");
        PictureExamples damaged = Open();

        AssertEqual(before[6], damaged.At(5, 4));
        Assert.All(Enumerable.Range(0, good.Count).Where(i => i != 5), i => AssertEqual(before[i], damaged.At(i, 4)));
    }

    [Fact]
    public void Key_EqualKeys_AreEqualPictures()
    {
        Small(broken: []);
        PictureExamples examples = Open();
        Dictionary<long, byte[]> pictures = [];
        for (long i = 0; i < 6 * examples.Count; i++)
        {
            long key = examples.Key(i);
            Example example = examples.At(i, 4);
            Assert.Equal(key, example.Key);
            Assert.InRange(key, 0, examples.Distinct!.Value - 1);
            Assert.True(pictures.TryAdd(key, example.Pixels) || pictures[key].AsSpan().SequenceEqual(example.Pixels));
        }
        Assert.Equal(examples.Distinct, pictures.Count);
        // Other views of a picture are other crops.
        Assert.Contains(Enumerable.Range(0, 10), item => !pictures[3 * item].AsSpan().SequenceEqual(pictures[(3 * item) + 1]));
    }

    [Fact]
    public void Key_FreshCrops_IsThePlaceItself()
    {
        Small(broken: []);
        PictureExamples examples = Open(new() { Crop = CropRule.Tokenizer, Views = 0 });

        Assert.Null(examples.Distinct);
        Assert.Equal((41, 41), (examples.Key(41), examples.At(41, 4).Key));
    }

    [Fact]
    public void At_SeveralCaptions_AreDrawnByEpoch()
    {
        _folder.Pair("a.png", "one\ntwo\nthree");
        PictureExamples examples = ExampleSources.OpenPictures(_folder.Root), same = ExampleSources.OpenPictures(_folder.Root);
        string[] drawn = [.. Enumerable.Range(0, 60).Select(i => examples.At(i, 2).Caption)];

        Assert.Equal(["one", "three", "two"], drawn.Distinct().Order());
        Assert.Equal(drawn, Enumerable.Range(0, 60).Select(i => same.CaptionAt(i)));
        Assert.Equal(["one", "two", "three"], ExampleSources.Captions(examples, 10));
    }

    [Fact]
    public void PairAt_Picture_IsTheLargeCropAndItsMiddlePixels()
    {
        _folder.Write("a.png", DataFolder.Png(12, 12, (x, y) => new SKColor((byte)x, (byte)y, 0)));
        _folder.Write("a.txt", "a");
        (Example small, Example large) = ExampleSources.Open(_folder.Root).PairAt(0, 4, 3);

        Assert.Equal(3 * 12 * 12, large.Pixels.Length);
        Assert.Equal([1, 1, 0, 4, 1, 0, 7, 1, 0, 10, 1, 0], small.Pixels[..12]);
    }

    [Fact]
    public void At_NoReadablePicture_SaysSo()
    {
        _folder.Write("a.png", "no picture");
        _folder.Write("a.txt", "a");
        IExamples examples = ExampleSources.Open(_folder.Root);
        DataException error = Assert.Throws<DataException>(() => examples.At(0, 4));
        Assert.Contains("a.png", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Identity_AnyChange_ChangesIt()
    {
        Small(broken: []);
        string identity = Open().Identity;
        List<string> others = [Open(Views(3) with { Seed = 2 }).Identity, Open(Views(4)).Identity, Open(Views(3) with { MinEdge = 2 }).Identity];
        File.AppendAllText(_folder.At("03.txt"), "!");
        others.Add(Open().Identity);
        File.AppendAllText(_folder.At("04.png"), "!");
        others.Add(Open().Identity);
        File.Move(_folder.At("05.png"), _folder.At("05.jpg"));
        others.Add(Open().Identity);

        Assert.Equal(7, others.Append(identity).Distinct().Count());
    }

    [Fact]
    public void Identity_FixedContents_IsPinned()
    {
        _folder.Write("a.png", "twelve bytes");
        _folder.Write("b/c.jpg", "eleven byte");
        string manifest = _folder.Write("list.csv", "image,caption\na.png,a dog\nb/c.jpg,\"ein Hund\nun chien 犬\"\n");
        PictureExamples examples = ExampleSources.OpenPictures(manifest, Views(2) with { Seed = 9 });

        Assert.Equal("pictures 1.1 Tokenizer views 2 seed 9 items 2 70052712bf9b199c7fd14882ef238f5f", examples.Identity);
        Assert.Equal(
            "0 a dog|2 un chien 犬|1 a dog|3 un chien 犬|0 a dog|2 ein Hund|3 un chien 犬|1 a dog",
            string.Join('|', Enumerable.Range(0, 8).Select(i => $"{examples.Key(i)} {examples.CaptionAt(i)}")));
    }

    [Fact]
    public void Skipped_ListOfAnEarlierRun_IsContinuedWithoutRepeats()
    {
        Small(broken: [1, 2]);
        string list = _folder.At("run/skipped.csv");
        ExamplesOptions options = Views(1) with { SkippedFolder = _folder.At("run") };
        PictureExamples first = Open(options);
        Assert.NotNull(first.Check(1));
        // Killed while it wrote the second line.
        File.AppendAllText(list, "02.png,not_a_p");
        PictureExamples second = Open(options);
        Assert.Equal(2, Enumerable.Range(0, second.Count).Count(i => second.Check(i) is not null));
        Assert.Equal(2, Enumerable.Range(0, second.Count).Count(i => second.Check(i) is not null));

        Assert.Equal(
            ["name,reason,detail", "01.png,not_a_picture,\"is no PNG, JPEG or WebP picture\"", "02.png,not_a_picture,\"is no PNG, JPEG or WebP picture\""],
            File.ReadAllLines(list));
        Assert.Equal(2, second.Skipped[SkipReason.NotAPicture]);
    }

    private static ExamplesOptions Views(int views) => new() { Crop = CropRule.Tokenizer, Views = views };

    private PictureExamples Open(ExamplesOptions? options = null) => ExampleSources.OpenPictures(_folder.Root, options ?? Views(3));

    private static void AssertEqual(Example wanted, Example found)
    {
        Assert.Equal((wanted.Caption, wanted.Key), (found.Caption, found.Key));
        Assert.Equal(wanted.Pixels, found.Pixels);
    }

    private void Small(int[] broken)
    {
        for (int i = 0; i < 20; i++)
        {
            int shade = i;
            _folder.Write($"{i:D2}.png", broken.Contains(i) ? "no picture"u8.ToArray() : DataFolder.Png(14, 9, (x, y) => new SKColor((byte)(9 * shade), (byte)(15 * x), (byte)(25 * y))));
            _folder.Write($"{i:D2}.txt", $"picture {i}");
        }
    }

    // Pictures 0 to 19 are broken in ten ways; the colour of the others says which they are.
    private string[] Thousand()
    {
        string[] captions = [.. Enumerable.Range(0, Pictures).Select(i => i == 500 ? string.Concat(Enumerable.Repeat("very long ", 4000))[..39_999] + "." : $"caption {i}")];
        for (int i = 0; i < Pictures; i++)
        {
            int shade = i;
            byte[] png = DataFolder.Png(16, 12, (_, _) => new SKColor((byte)shade, (byte)(shade >> 8), 7));
            _folder.Write($"data/{i:D4}.png", i < 20 ? Broken(i, png) : png);
            if (i is not (0 or 1))
            {
                _folder.Write($"data/{i:D4}.txt", i is 2 or 3 ? "\n \n" : captions[i]);
            }
        }
        return captions;
    }

    private static byte[] Broken(int i, byte[] png) => i switch
    {
        <= 3 => png,
        <= 5 => [],
        6 => new byte[60_001],
        <= 8 => DataFolder.Png(100, 51, (_, _) => SKColors.Red),
        <= 10 => "<html>404</html>"u8.ToArray(),
        <= 12 => new byte[100],
        <= 15 => png[..^25],
        <= 18 => [.. png.AsSpan(0, 40), .. new byte[30], .. png.AsSpan(70)],
        _ => png,
    };
}
