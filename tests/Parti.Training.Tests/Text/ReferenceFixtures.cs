using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Parti.Models.Text;
using Parti.Training.Scenes;
using Parti.Training.Text;

namespace Parti.Training.Tests.Text;

/// <summary>Small models of both makers with the ids that SentencePiece gives for unusual lines; see Data/README.md.</summary>
static class ReferenceFixtures
{
    internal const int Lines = 300;
    const int Seed = 20261124;

    /// <summary>Options of the models trained here, by name.</summary>
    internal static IReadOnlyDictionary<string, SentencePieceTrainerOptions> Own { get; } = new Dictionary<string, SentencePieceTrainerOptions>
    {
        ["own-unigram"] = new() { Algorithm = SentencePieceAlgorithm.Unigram, VocabularySize = 600, ExactSize = true, CharacterCoverage = 0.98 },
        ["own-bpe"] = new() { Algorithm = SentencePieceAlgorithm.Bpe, VocabularySize = 600, ExactSize = true, CharacterCoverage = 0.98 },
        ["own-unigram-no-bytes"] = new() { Algorithm = SentencePieceAlgorithm.Unigram, VocabularySize = 350, ByteFallback = false, ExactSize = true, CharacterCoverage = 0.98, BosId = null },
        ["own-bpe-no-bytes"] = new() { Algorithm = SentencePieceAlgorithm.Bpe, VocabularySize = 350, ByteFallback = false, ExactSize = true, CharacterCoverage = 0.98, BosId = null },
    };

    /// <summary>Arguments of the models trained by spm_train, by name.</summary>
    internal static IReadOnlyDictionary<string, string[]> Foreign { get; } = new Dictionary<string, string[]>
    {
        ["foreign-unigram-bos"] = ["--model_type=unigram", "--vocab_size=340", "--hard_vocab_limit=false", "--bos_id=3"],
        ["foreign-unigram-no-bos"] = ["--model_type=unigram", "--vocab_size=340", "--hard_vocab_limit=false", "--bos_id=-1"],
        ["foreign-bpe-bos"] = ["--model_type=bpe", "--vocab_size=340", "--bos_id=3"],
        ["foreign-bpe-no-bos"] = ["--model_type=bpe", "--vocab_size=650", "--bos_id=-1", "--byte_fallback=true"],
    };

    /// <summary>Captions of scenes and some unusual lines.</summary>
    internal static IReadOnlyList<string> Corpus { get; } =
    [
        .. Enumerable.Range(0, 2000).Select(i => new SceneGenerator(1, SceneSplit.Train).At(i).Caption), .. UnusualLines.Of(1, 400).Where(line => line.Length < 400),
    ];

    /// <summary>The model and the golden lines of a name: text and ids without end-of-sequence. Made anew where they are to be approved.</summary>
    internal static async Task<(string Model, (string Text, int[] Ids)[] Golden)> ReadAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("PARTI_APPROVE") == "1" && ReferenceTool.IsThere)
        {
            await ApproveAsync(name, SourceFolder());
        }
        string folder = Path.Combine(AppContext.BaseDirectory, "Text", "Data");
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(folder, name + ".golden.tsv"));
        return (Path.Combine(folder, name + ".model"), [.. lines.Select(Parse)]);
    }

    static async Task ApproveAsync(string name, string folder)
    {
        string model = Path.Combine(folder, name + ".model");
        if (Own.TryGetValue(name, out SentencePieceTrainerOptions? options))
        {
            SentencePieceTrainer.Train(Corpus, options).Save(model);
        }
        else
        {
            IReadOnlyList<string> normal = [.. Corpus.Select(line => TextNormalizer.Normalize(line, lowerCase: true))];
            await ReferenceTool.TrainAsync(
                Path.Combine(folder, name), normal,
                ["--normalization_rule_name=identity", "--character_coverage=0.98", "--pad_id=0", "--eos_id=1", "--unk_id=2", .. Foreign[name]]);
        }
        IReadOnlyList<string> texts = UnusualLines.Of(Seed, Lines);
        IReadOnlyList<int[]> ids = await ReferenceTool.EncodeAsync(model, [.. texts.Select(text => TextNormalizer.Normalize(text, lowerCase: true))]);
        await File.WriteAllTextAsync(
            Path.Combine(folder, name + ".golden.tsv"),
            string.Concat(texts.Zip(ids, (text, line) => $"{JsonSerializer.Serialize(text)}\t{string.Join(' ', line)}\n")));
        string output = Path.Combine(AppContext.BaseDirectory, "Text", "Data");
        Directory.CreateDirectory(output);
        foreach (string ending in new[] { ".model", ".golden.tsv" })
        {
            File.Copy(Path.Combine(folder, name + ending), Path.Combine(output, name + ending), overwrite: true);
        }
    }

    static (string Text, int[] Ids) Parse(string line)
    {
        string[] fields = line.Split('\t');
        return (JsonSerializer.Deserialize<string>(fields[0])!, [.. fields[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))]);
    }

    static string SourceFolder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "Data");
}
