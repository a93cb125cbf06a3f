using System.IO.Compression;

namespace Parti.Models.Text;

/// <summary>
/// Tables of <see cref="Nfkc"/>, derived from the Unicode Character Database 14.0 (Unicode License).
/// The resource is a deflated run of variable-length integers, keys as differences: combining classes (key, class),
/// full compatibility decompositions (key, length, points), primary compositions (first, second, result).
/// </summary>
sealed class NfkcTables
{
    static readonly Lazy<NfkcTables> Loaded = new(() => new NfkcTables());

    readonly Dictionary<int, byte> classes = [];

    NfkcTables()
    {
        using Stream resource = typeof(NfkcTables).Assembly.GetManifestResourceStream("nfkc.bin")!;
        using DeflateStream data = new(resource, CompressionMode.Decompress);
        using BinaryReader reader = new(data);
        int key = 0;
        for (int left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            key += reader.Read7BitEncodedInt();
            classes[key] = reader.ReadByte();
        }
        key = 0;
        for (int left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            key += reader.Read7BitEncodedInt();
            int[] parts = new int[reader.Read7BitEncodedInt()];
            for (int i = 0; i < parts.Length; i++)
            {
                parts[i] = reader.Read7BitEncodedInt();
            }
            Decompositions[key] = parts;
        }
        key = 0;
        for (int left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            key += reader.Read7BitEncodedInt();
            int second = reader.Read7BitEncodedInt();
            Compositions[(key, second)] = reader.Read7BitEncodedInt();
        }
    }

    internal static NfkcTables Shared => Loaded.Value;

    internal Dictionary<int, int[]> Decompositions { get; } = [];

    internal Dictionary<(int First, int Second), int> Compositions { get; } = [];

    internal int CombiningClass(int point) => classes.GetValueOrDefault(point);
}
