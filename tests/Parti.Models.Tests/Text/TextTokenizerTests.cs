using System.Text;
using Parti.Models.Text;

namespace Parti.Models.Tests.Text;

public sealed class TextTokenizerTests
{
    static readonly string Data = Path.Combine(AppContext.BaseDirectory, "Text", "Data");

    static TextTokenizer Bpe => TextTokenizer.Load(Path.Combine(Data, "bpe.model"), lowerCase: true);

    // The golden files were written by spm_encode of SentencePiece 0.1.97 from the models beside them.
    [Theory]
    [InlineData("bpe", 366)]
    [InlineData("unigram", 122)]
    public void Encode_VariedText_EqualsReferenceImplementation(string model, int lines)
    {
        TextTokenizer tokenizer = TextTokenizer.Load(Path.Combine(Data, model + ".model"), lowerCase: true);
        string[] golden = File.ReadAllLines(Path.Combine(Data, model + ".golden.tsv"));
        Assert.Equal(lines, golden.Length);
        foreach (string line in golden)
        {
            string[] fields = line.Split('\t');
            TextTokens tokens = tokenizer.Encode(fields[0], 10_000);
            Assert.Equal(fields[0] + "\t" + fields[1], fields[0] + "\t" + string.Join(' ', tokens.Ids[..^1]));
            Assert.Equal(tokenizer.EosId, tokens.Ids[^1]);
            Assert.Equal(0, tokens.Dropped);
        }
    }

    /// <summary>Words cover the ids without gaps, so that each id but the end's and those of punctuation has its word.</summary>
    [Theory]
    [InlineData("bpe")]
    [InlineData("unigram")]
    public void Words_VariedText_LieWhereTheirIdsAre(string model)
    {
        TextTokenizer tokenizer = TextTokenizer.Load(Path.Combine(Data, model + ".model"), lowerCase: true);
        int mapped = 0, lines = 0;
        foreach (string text in File.ReadAllLines(Path.Combine(Data, model + ".golden.tsv")).Select(line => line.Split('\t')[0]))
        {
            int[] ids = tokenizer.Encode(text, 10_000).Ids;
            lines++;
            if (tokenizer.Words(text, 10_000) is not { } words)
            {
                continue;
            }
            mapped++;
            Assert.All(words.Zip(words.Skip(1)), pair => Assert.True(pair.First.First + pair.First.Count <= pair.Second.First));
            Assert.All(words, word => Assert.InRange(word.First + word.Count, 1, ids.Length - 1));
        }

        Assert.InRange(mapped, lines * 9 / 10, lines);
    }

    [Fact]
    public void Words_PunctuationAndCutText_BelongToNoWord()
    {
        IReadOnlyList<TextWord> words = Bpe.Words("A Red, CIRCLE!", 100)!;
        int[] red = Bpe.Encode("a red", 100).Ids;

        Assert.Equal(["a", "red", "circle"], words.Select(word => word.Text));
        Assert.Equal(red[1..^1], Bpe.Encode("A Red, CIRCLE!", 100).Ids.Skip(words[1].First).Take(words[1].Count));
        Assert.Equal(["a", "red"], Bpe.Words("A Red, CIRCLE!", words[2].First + words[2].Count)!.Select(word => word.Text));
        Assert.Empty(Bpe.Words("", 100)!);
    }

    [Fact]
    public void Load_ShippedLayout_HasPadZeroAndEosOne()
    {
        Assert.Equal((600, 0, 1), (Bpe.VocabularySize, Bpe.PadId, Bpe.EosId));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   \t\n ")]
    public void Encode_NoText_GivesEosAlone(string text)
    {
        TextTokens tokens = Bpe.Encode(text, 64);
        Assert.Equal([1], tokens.Ids);
        Assert.Equal(0, tokens.Dropped);
    }

    [Fact]
    public void Encode_LongerThanAsked_KeepsEosAndCountsDropped()
    {
        TextTokenizer tokenizer = Bpe;
        int[] all = tokenizer.Encode("a red circle above a blue square", 64).Ids;
        for (int most = 1; most < all.Length; most++)
        {
            TextTokens cut = tokenizer.Encode("a red circle above a blue square", most);
            Assert.Equal([.. all[..(most - 1)], 1], cut.Ids);
            Assert.Equal(all.Length - most, cut.Dropped);
        }
        Assert.Equal(0, tokenizer.Encode("a red circle above a blue square", all.Length).Dropped);
    }

    [Fact]
    public void Encode_CaseAndBlanks_DoNotMatter()
    {
        Assert.Equal(Bpe.Encode("a red circle", 64).Ids, Bpe.Encode("  A Red\t\nCIRCLE ", 64).Ids);
    }

    [Fact]
    public void Encode_ControlPiecesInText_AreSpelt()
    {
        TextTokenizer tokenizer = Bpe;
        int[] ids = tokenizer.Encode("<s> </s> <pad> <unk> <0x41>", 256).Ids[..^1];
        Assert.DoesNotContain(ids, id => id <= 3);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("red circle ")]
    [InlineData(" ")]
    [InlineData("\uFDFA")]
    [InlineData("\u0301")]
    [InlineData("😀")]
    [InlineData("\uD800")]
    public void Encode_Megabyte_ReadsNoMoreThanTheLimit(string unit)
    {
        TextTokenizer tokenizer = Bpe;
        string text = string.Concat(Enumerable.Repeat(unit, (1 << 20) / unit.Length));
        TextTokens tokens = tokenizer.Encode(text, 64);
        TextTokens first = tokenizer.Encode(text[..(TextTokenizer.CharacterLimit - TextTokenizer.CharacterLimit % 2)], 64);
        Assert.InRange(tokens.Ids.Length, 1, 64);
        Assert.Equal(first.Ids, tokens.Ids);
        Assert.Equal(first.Dropped, tokens.Dropped);
    }

    [Fact]
    public async Task Encode_FromManyThreads_GivesTheSameIds()
    {
        TextTokenizer tokenizer = Bpe;
        string[] texts = [.. File.ReadAllLines(Path.Combine(Data, "bpe.golden.tsv")).Select(l => l.Split('\t')[0])];
        int[][] expected = [.. texts.Select(t => tokenizer.Encode(t, 64).Ids)];
        int[][][] found = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => texts.Select(t => tokenizer.Encode(t, 64).Ids).ToArray())));
        Assert.All(found, ids => Assert.Equal(expected, ids));
    }

    [Fact]
    public void Encode_NoRoom_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Bpe.Encode("a", 0));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"model\": {\"type\": \"BPE\"}}")]
    public void Load_NotAModel_IsRefusedWithItsName(string contents)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => TextTokenizer.Load(Encoding.UTF8.GetBytes(contents), true, "some.model"));
        Assert.StartsWith("some.model is not a SentencePiece model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_DamagedModel_NeverFailsOtherwise()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        byte[] whole = File.ReadAllBytes(Path.Combine(Data, "bpe.model"));
        int refused = 0;
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = whole[..(i % 2 == 0 ? random.Next(whole.Length) : whole.Length)];
            for (int k = 0; i % 2 == 1 && k < 4; k++)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }
            try
            {
                TextTokenizer.Load(damaged, true).Encode("a red circle", 16);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}, round {i}: {error}");
            }
        }
        Assert.True(refused > 50, $"seed {seed}: only {refused} of 300 damaged models were refused");
    }
}
