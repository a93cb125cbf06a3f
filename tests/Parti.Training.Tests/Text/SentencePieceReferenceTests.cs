using Parti.Models.Text;
using Parti.Training.Text;

namespace Parti.Training.Tests.Text;

/// <summary>Our reader and SentencePiece's own give the same ids for models of both makers.</summary>
public sealed class SentencePieceReferenceTests(ITestOutputHelper output)
{
    public static TheoryData<string> OwnModels() => [.. ReferenceFixtures.Own.Keys];

    public static TheoryData<string> ForeignModels() => [.. ReferenceFixtures.Foreign.Keys];

    [Theory]
    [MemberData(nameof(OwnModels))]
    [MemberData(nameof(ForeignModels))]
    public async Task Encode_UnusualLines_GivesTheGoldenIds(string name)
    {
        (string model, (string Text, int[] Ids)[] golden) = await ReferenceFixtures.ReadAsync(name);

        TextTokenizer tokenizer = TextTokenizer.Load(model, lowerCase: true);

        Assert.Equal(ReferenceFixtures.Lines, golden.Length);
        Assert.All(golden, line => Assert.Equal(line.Ids, Encode(tokenizer, line.Text)));
    }

    [Theory]
    [MemberData(nameof(ForeignModels))]
    public async Task Load_ForeignModel_HasItsIds(string name)
    {
        (string model, _) = await ReferenceFixtures.ReadAsync(name);

        TextTokenizer tokenizer = TextTokenizer.Load(model, lowerCase: true);

        Assert.Equal((0, 1, 2), (tokenizer.PadId, tokenizer.EosId, tokenizer.UnkId));
        Assert.Equal(name switch { "foreign-bpe-no-bos" => 650, "foreign-bpe-bos" => 340, _ => 268 }, tokenizer.VocabularySize);
        Assert.All(tokenizer.Encode("a red circle <s>", 32).Ids[..^1], id => Assert.NotEqual(1, id));
    }

    [Theory]
    [MemberData(nameof(OwnModels))]
    public async Task Train_TenThousandUnusualLines_ReadAlikeByBothReaders(string name)
    {
        Assert.SkipUnless(ReferenceTool.IsThere, "spm_encode is not on the path: install Debian's package sentencepiece, or run eng/test.sh where it can be fetched.");
        const int seed = 77;
        output.WriteLine($"seed {seed}");
        string file = Path.Combine(Directory.CreateTempSubdirectory("parti-spm-").FullName, "t.model");
        SentencePieceTrainer.Train(ReferenceFixtures.Corpus, ReferenceFixtures.Own[name], TestContext.Current.CancellationToken).Save(file);
        IReadOnlyList<string> lines = UnusualLines.Of(seed, 10_000);
        TextTokenizer tokenizer = TextTokenizer.Load(file, lowerCase: true);

        IReadOnlyList<int[]> theirs = await ReferenceTool.EncodeAsync(file, [.. lines.Select(line => TextNormalizer.Normalize(line, lowerCase: true))]);

        int[] different = [.. Enumerable.Range(0, lines.Count).Where(i => !theirs[i].SequenceEqual(Encode(tokenizer, lines[i])))];
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        Assert.True(different.Length == 0, $"seed {seed}: {different.Length} lines differ, the first is {(different.Length == 0 ? "" : lines[different[0]])}");
    }

    static int[] Encode(TextTokenizer tokenizer, string text)
    {
        TextTokens tokens = tokenizer.Encode(text, int.MaxValue);
        Assert.Equal(0, tokens.Dropped);
        Assert.Equal(tokenizer.EosId, tokens.Ids[^1]);
        return tokens.Ids[..^1];
    }
}
