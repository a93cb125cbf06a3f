using Parti.Models.Text;
using Parti.Training.Text;

namespace Parti.Training.Tests.Text;

public sealed class SentencePieceTrainerTests
{
    static readonly string[] Corpus =
    [
        "a red circle", "A red square", "a blue circle above a red square", "two blue circles", "a green triangle, to the left of a red circle",
        "12 stars", "a red circle", "the café",
    ];

    static SentencePieceTrainerOptions Options => new() { VocabularySize = 360, CharacterCoverage = 1 };

    [Fact]
    public void Train_Corpus_HasTheFixedLayout()
    {
        SentencePieceModel model = SentencePieceTrainer.Train(Corpus, Options, TestContext.Current.CancellationToken);
        Assert.Equal(["<pad>", "</s>", "<unk>", "<s>", "<0x00>"], model.Pieces.Take(5).Select(p => p.Text));
        Assert.Equal("<0xFF>", model.Pieces[259].Text);
        Assert.InRange(model.Pieces.Count, 300, 360);
        Assert.Equal(model.Pieces.Count, model.Pieces.Select(p => p.Text).Distinct().Count());
        Assert.Equal(model.Pieces.Skip(260).Select(p => p.Score).OrderDescending(), model.Pieces.Skip(260).Select(p => p.Score));
    }

    [Fact]
    public void Train_FrequentWord_BecomesOnePiece()
    {
        SentencePieceModel model = SentencePieceTrainer.Train(Corpus, Options, TestContext.Current.CancellationToken);
        TextTokenizer tokenizer = TextTokenizer.Load(model.ToBytes(), lowerCase: true);
        int[] ids = tokenizer.Encode("Red CIRCLE", 16).Ids;
        Assert.Equal(["▁red", "▁circle", "</s>"], ids.Select(id => model.Pieces[id].Text));
    }

    // Worked by hand: "ab" is seen 3 times, "▁ab" then 2, "bc" and "abc" once each.
    [Fact]
    public void Train_SmallCorpus_LearnsMergesByCount()
    {
        SentencePieceModel model = SentencePieceTrainer.Train(
            ["ab", "ab", "cab"], new() { VocabularySize = 100, ByteFallback = false, CharacterCoverage = 1 }, TestContext.Current.CancellationToken);
        Assert.Equal(["ab", "▁ab", "a", "b", "▁", "c"], model.Pieces.Skip(4).Select(p => p.Text));
    }

    [Fact]
    public void Train_PairsSeenEquallyOften_TakesTheOrdinallySmaller()
    {
        SentencePieceModel model = SentencePieceTrainer.Train(
            ["xy", "xy", "xy", "ab", "ab", "ab"], new() { VocabularySize = 11, ByteFallback = false, CharacterCoverage = 1 }, TestContext.Current.CancellationToken);
        Assert.Equal(["ab", "xy"], model.Pieces.Skip(4).Take(2).Select(p => p.Text));
    }

    [Theory]
    [InlineData(SentencePieceAlgorithm.Bpe)]
    [InlineData(SentencePieceAlgorithm.Unigram)]
    public void Train_SameCorpusInAnyOrder_GivesTheSameBytes(SentencePieceAlgorithm algorithm)
    {
        SentencePieceTrainerOptions options = Options with { Algorithm = algorithm };
        byte[] once = SentencePieceTrainer.Train(Corpus, options, TestContext.Current.CancellationToken).ToBytes();
        byte[] again = SentencePieceTrainer.Train(Corpus.Reverse(), options, TestContext.Current.CancellationToken).ToBytes();
        Assert.Equal(once, again);
    }

    [Theory]
    [InlineData(SentencePieceAlgorithm.Bpe)]
    [InlineData(SentencePieceAlgorithm.Unigram)]
    public void Train_WithBytes_EncodesAnyText(SentencePieceAlgorithm algorithm)
    {
        SentencePieceModel model = SentencePieceTrainer.Train(Corpus, Options with { Algorithm = algorithm }, TestContext.Current.CancellationToken);
        TextTokenizer tokenizer = TextTokenizer.Load(model.ToBytes(), lowerCase: true);
        int[] ids = tokenizer.Encode("日本 😀 <s>", 64).Ids;
        Assert.DoesNotContain(2, ids);
        Assert.Equal(1, ids.Count(id => id < 4));
        Assert.Equal("日本 😀 <s>", Decode(model, ids[..^1]));
    }

    [Fact]
    public void Train_RareCharacters_AreSpeltInBytes()
    {
        string[] corpus = [.. Enumerable.Repeat("a red circle", 1000), "q"];
        SentencePieceModel model = SentencePieceTrainer.Train(
            corpus, new() { VocabularySize = 300, CharacterCoverage = 0.999 }, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(model.Pieces, p => p.Text.Contains('q', StringComparison.Ordinal));
        TextTokenizer tokenizer = TextTokenizer.Load(model.ToBytes(), lowerCase: true);
        Assert.Equal(["▁", "<0x71>", "</s>"], tokenizer.Encode("q", 8).Ids.Select(id => model.Pieces[id].Text));
    }

    [Fact]
    public void Train_WordsWithPunctuation_KeepTheirPieces()
    {
        string[] corpus = [.. Enumerable.Repeat("a red circle, 12 blue squares.", 50)];
        SentencePieceModel model = SentencePieceTrainer.Train(corpus, Options, TestContext.Current.CancellationToken);
        TextTokenizer tokenizer = TextTokenizer.Load(model.ToBytes(), lowerCase: true);
        Assert.Equal(tokenizer.Encode("circle", 8).Ids[0], tokenizer.Encode("circle,", 8).Ids[0]);
        Assert.DoesNotContain(model.Pieces.Skip(260), p => p.Text.Any(char.IsLetter) && p.Text.Any(char.IsPunctuation));
    }

    [Fact]
    public void Train_LimitedPieceLength_IsKept()
    {
        SentencePieceModel model = SentencePieceTrainer.Train(Corpus, Options with { MaxPieceLength = 3 }, TestContext.Current.CancellationToken);
        Assert.All(model.Pieces.Skip(260), p => Assert.InRange(p.Text.Length, 1, 3));
    }

    [Fact]
    public void Save_Model_LoadsAgain()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("parti-test-").FullName, "t.model");
        SentencePieceModel model = SentencePieceTrainer.Train(Corpus, Options, TestContext.Current.CancellationToken);
        model.Save(path);
        TextTokenizer tokenizer = TextTokenizer.Load(path, lowerCase: true);
        Assert.Equal((model.Pieces.Count, 0, 1), (tokenizer.VocabularySize, tokenizer.PadId, tokenizer.EosId));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Train_BadOptionsOrCorpus_SayWhatToDo()
    {
        Assert.Contains("8 to 262144", Refusal(Corpus, Options with { VocabularySize = 7 }), StringComparison.Ordinal);
        Assert.Contains("above 0 to 1", Refusal(Corpus, Options with { CharacterCoverage = 0 }), StringComparison.Ordinal);
        Assert.Contains("Bpe or Unigram", Refusal(Corpus, Options with { Algorithm = SentencePieceAlgorithm.Word }), StringComparison.Ordinal);
        Assert.Contains("0 to 3, each once", Refusal(Corpus, Options with { BosId = 0 }), StringComparison.Ordinal);
        Assert.Contains("0 to 2, each once", Refusal(Corpus, Options with { BosId = null, UnkId = 3 }), StringComparison.Ordinal);
        Assert.Contains("1 to 1048576", Refusal(Corpus, Options with { MaxLineLength = 0 }), StringComparison.Ordinal);
        Assert.Contains("1024 to 16777216", Refusal(Corpus, Options with { SeedSize = 1 }), StringComparison.Ordinal);
        Assert.Contains("raise MaxLineLength, which passed over 8", Refusal(Corpus, Options with { MaxLineLength = 1 }), StringComparison.Ordinal);
        Assert.Contains("holds no text", Refusal(["", " "], Options), StringComparison.Ordinal);
        Assert.Contains("need at least 28", Refusal(Corpus, Options with { VocabularySize = 261 }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SentencePieceAlgorithm.Bpe)]
    [InlineData(SentencePieceAlgorithm.Unigram)]
    public void Train_ExactSizeOutOfReach_NamesTheRangeThatIsWithin(SentencePieceAlgorithm algorithm)
    {
        SentencePieceTrainerOptions options = Options with { Algorithm = algorithm, VocabularySize = 5000, ExactSize = true };

        string refusal = Refusal(Corpus, options);

        System.Text.RegularExpressions.Match range = System.Text.RegularExpressions.Regex.Match(refusal, "this corpus gives ([0-9]+) to ([0-9]+) pieces");
        Assert.True(range.Success, refusal);
        foreach (int size in new[] { 1, 2 }.Select(group => int.Parse(range.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture)))
        {
            SentencePieceModel model = SentencePieceTrainer.Train(Corpus, options with { VocabularySize = size }, TestContext.Current.CancellationToken);
            Assert.Equal(size, model.Pieces.Count);
        }
    }

    [Theory]
    [InlineData(SentencePieceAlgorithm.Bpe)]
    [InlineData(SentencePieceAlgorithm.Unigram)]
    public void Train_OtherIdsAndNoBeginning_AreWritten(SentencePieceAlgorithm algorithm)
    {
        SentencePieceTrainerOptions options = Options with { Algorithm = algorithm, UnkId = 0, PadId = 1, EosId = 2, BosId = null };

        SentencePieceModel model = SentencePieceTrainer.Train(Corpus, options, TestContext.Current.CancellationToken);

        Assert.Equal(["<unk>", "<pad>", "</s>", "<0x00>"], model.Pieces.Take(4).Select(p => p.Text));
        TextTokenizer tokenizer = TextTokenizer.Load(model.ToBytes(), lowerCase: true);
        Assert.Equal((1, 2, 0), (tokenizer.PadId, tokenizer.EosId, tokenizer.UnkId));
    }

    [Fact]
    public void Train_LongLines_ArePassedOverAndCounted()
    {
        string[] corpus = [.. Corpus, "y " + new string('z', 99), new string('z', 101)];

        SentencePieceModel model = SentencePieceTrainer.Train(corpus, Options with { MaxLineLength = 100 }, TestContext.Current.CancellationToken);

        Assert.Equal(2, model.SkippedLines);
        Assert.DoesNotContain(model.Pieces, p => p.Text.Contains('z', StringComparison.Ordinal));
    }

    static string Refusal(IEnumerable<string> corpus, SentencePieceTrainerOptions options) =>
        Assert.ThrowsAny<ArgumentException>(() => SentencePieceTrainer.Train(corpus, options, TestContext.Current.CancellationToken)).Message;

    static string Decode(SentencePieceModel model, int[] ids)
    {
        using MemoryStream bytes = new();
        foreach (SentencePiece piece in ids.Select(id => model.Pieces[id]))
        {
            bytes.Write(piece.Kind == PieceKind.Byte
                ? [Convert.ToByte(piece.Text[3..5], 16)]
                : System.Text.Encoding.UTF8.GetBytes(piece.Text.Replace('▁', ' ')));
        }
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray()).TrimStart();
    }
}
