using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Parti.Benchmarks.Published;

/// <summary>Text tokenizers of published size and form; their pieces are letters joined in order.</summary>
static class Vocabularies
{
    const string Letters = "abcdefghijklmnopqrstuvwxyz";

    /// <summary><c>vocab.json</c> and <c>merges.txt</c> of a DALL·E mini.</summary>
    public static void WriteMinDalle(string folder, string suffix, int size)
    {
        string[] marks = ["<s>", "<pad>", "</s>", "<unk>"];
        (List<string> pieces, List<(string Left, string Right)> merges) = Grown(['\u0120', .. Enumerable.Range('!', 94).Select(code => (char)code)], size - marks.Length);
        File.WriteAllText(Path.Combine(folder, $"vocab{suffix}.json"), JsonSerializer.Serialize(marks.Concat(pieces).Select((piece, id) => (piece, id)).ToDictionary()));
        File.WriteAllLines(Path.Combine(folder, $"merges{suffix}.txt"), merges.Select(merge => $"{merge.Left} {merge.Right}").Prepend("#version: 0.2"));
    }

    /// <summary>The <c>spiece.model</c> of a T5: 32,000 pieces, none of them a begin.</summary>
    public static void WriteT5(string path)
    {
        const int Size = 32_000, Normal = 1, Unknown = 2, Control = 3;
        MemoryStream model = new();
        Field(model, 1, Piece("<pad>", 0, Control));
        Field(model, 1, Piece("</s>", 0, Control));
        Field(model, 1, Piece("<unk>", 0, Unknown));
        foreach ((int rank, string piece) in Grown(['\u2581', .. Letters, .. "0123456789,.-'"], Size - 3).Pieces.Index())
        {
            Field(model, 1, Piece(piece, -8 - rank * 1e-4f, Normal));
        }
        MemoryStream trainer = new();
        Number(trainer, 3, 1);
        Number(trainer, 40, 2);
        Number(trainer, 41, -1);
        Number(trainer, 42, 1);
        Number(trainer, 43, 0);
        Field(model, 2, trainer.ToArray());
        File.WriteAllBytes(path, model.ToArray());
    }

    /// <summary>The <c>tokenizer.json</c> of a Janus-Pro: 100,000 byte-level pieces, marks behind them.</summary>
    public static void WriteJanus(string path)
    {
        const int Size = 100_000;
        (List<string> pieces, List<(string Left, string Right)> merges) = Grown(ByteCharacters(), Size);
        string[] marks = ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>", "<|User|>", "<|Assistant|>", "<begin_of_image>", "<end_of_image>"];
        object Split(string pattern) => new { type = "Split", pattern = new { Regex = pattern }, behavior = "Isolated", invert = false };
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            version = "1.0",
            added_tokens = marks.Select((mark, i) => new { id = Size + i, content = mark, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true }),
            normalizer = new { type = "Sequence", normalizers = Array.Empty<object>() },
            pre_tokenizer = new
            {
                type = "Sequence",
                pretokenizers = new[]
                {
                    Split("[\r\n]"), Split(@"\s?\p{L}+"), Split(@"\s?\p{P}+"), new { type = "Digits", individual_digits = true },
                    new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = false },
                },
            },
            model = new { type = "BPE", vocab = pieces.Select((piece, id) => (piece, id)).ToDictionary(), merges = merges.Select(merge => $"{merge.Left} {merge.Right}") },
        }));
    }

    // Every piece in turn is joined with every letter, until there are enough.
    static (List<string> Pieces, List<(string Left, string Right)> Merges) Grown(IEnumerable<char> alphabet, int size)
    {
        List<string> pieces = [.. alphabet.Select(character => $"{character}")];
        HashSet<string> known = [.. pieces];
        List<(string, string)> merges = [];
        for (int left = 0; pieces.Count < size; left++)
        {
            foreach (string right in Letters.Select(letter => $"{letter}").Where(letter => known.Add(pieces[left] + letter)).TakeWhile(_ => pieces.Count < size))
            {
                merges.Add((pieces[left], right));
                pieces.Add(pieces[left] + right);
            }
        }
        return (pieces, merges);
    }

    // GPT-2's: bytes that print stand for themselves, the others follow behind 255.
    static List<char> ByteCharacters()
    {
        int next = 256;
        return [.. Enumerable.Range(0, 256).Select(value => value is (>= '!' and <= '~') or (>= 0xa1 and <= 0xac) or >= 0xae ? (char)value : (char)next++)];
    }

    static byte[] Piece(string text, float score, int kind)
    {
        MemoryStream piece = new();
        Field(piece, 1, Encoding.UTF8.GetBytes(text));
        piece.WriteByte((2 << 3) | 5);
        Span<byte> single = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(single, score);
        piece.Write(single);
        Number(piece, 3, kind);
        return piece.ToArray();
    }

    static void Field(MemoryStream message, int field, byte[] bytes)
    {
        Varint(message, (ulong)(field << 3) | 2);
        Varint(message, (ulong)bytes.Length);
        message.Write(bytes);
    }

    static void Number(MemoryStream message, int field, long value)
    {
        Varint(message, (ulong)(field << 3));
        Varint(message, unchecked((ulong)value));
    }

    static void Varint(MemoryStream message, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            message.WriteByte((byte)(value | 0x80));
        }
        message.WriteByte((byte)value);
    }
}
