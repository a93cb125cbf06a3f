using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>How far an import has come; lies in the model directory until the manifest is written.</summary>
internal sealed record ImportJournal
{
    /// <summary>Name of the journal in the directory.</summary>
    internal const string FileName = "import.json";

    /// <summary>Suffix of a weight file that is not complete.</summary>
    internal const string PartialSuffix = ".partial";

    /// <summary>What is imported: a hash over the names, lengths and times of the source's files and the layout of what is written.</summary>
    public required string Identity { get; init; }

    /// <summary>Files that are complete.</summary>
    public IReadOnlyDictionary<string, ModelFile> Done { get; init; } = new Dictionary<string, ModelFile>();

    /// <summary>Bytes of the unfinished file that are on the disk for certain.</summary>
    public long DurableBytes { get; init; }

    /// <summary>Reads the journal of a directory.</summary>
    /// <returns>Null where there is none that can be read.</returns>
    internal static ImportJournal? Read(string directory)
    {
        string file = Path.Combine(directory, FileName);
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), ImportJson.Default.ImportJournal) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the journal.</summary>
    internal void Write(string directory) =>
        AtomicFile.Write(Path.Combine(directory, FileName), stream => stream.Write(JsonSerializer.SerializeToUtf8Bytes(this, ImportJson.Default.ImportJournal)));

    /// <summary>What tells one import from another.</summary>
    internal static string IdentityOf(ImportSource source, IEnumerable<StreamedWeights> weights, IEnumerable<string> copies)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in source.Checkpoints.SelectMany(checkpoint => checkpoint.Files).Concat(copies).Distinct().Order(StringComparer.Ordinal))
        {
            FileInfo file = new(path);
            hash.AppendData(Encoding.UTF8.GetBytes($"{path} {file.Length} {file.LastWriteTimeUtc.Ticks}\n"));
        }

        foreach (StreamedWeights file in weights)
        {
            hash.AppendData(file.Header);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>The journal as text.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ImportJournal))]
internal sealed partial class ImportJson : JsonSerializerContext;
