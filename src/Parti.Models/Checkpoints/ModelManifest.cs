using System.Text.Json;

namespace Parti.Models.Checkpoints;

/// <summary>The contents of <c>model.json</c>: what a model is, how it is sampled by default, which files hold it and where they came from.</summary>
public sealed record ModelManifest
{
    /// <summary>The only value of <see cref="FormatVersion"/> today.</summary>
    public const int CurrentFormatVersion = 1;

    /// <summary>What <see cref="Name"/> may be, for messages.</summary>
    public const string NameRule = "1 to 64 characters of a-z, 0-9, '.', '_' and '-', the first a letter or digit";

    /// <summary>Version of this format: 1.</summary>
    public int FormatVersion { get; init; } = CurrentFormatVersion;

    /// <summary>The name requests use: 1 to 64 characters of a–z, 0–9, <c>.</c>, <c>_</c> and <c>-</c>, the first a letter or digit.</summary>
    public required string Name { get; init; }

    /// <summary>Model family: <c>parti</c>, or the name of a published one (<see cref="Families.ModelFamilies"/>).</summary>
    public string Family { get; init; } = Families.ModelFamilies.Parti;

    /// <summary>Sizes of the networks.</summary>
    public required ModelArchitecture Architecture { get; init; }

    /// <summary>How the decoder's matrices are kept while the model is served. Default float32.</summary>
    public WeightFormat DecoderWeights { get; init; }

    /// <summary>The text tokenizer.</summary>
    public required TextTokenizerEntry TextTokenizer { get; init; }

    /// <summary>Sampling parameters used where a request says nothing.</summary>
    public required SamplingDefaults Sampling { get; init; }

    /// <summary>Which file holds which network.</summary>
    public required WeightFiles Weights { get; init; }

    /// <summary>Every file of the model but <c>model.json</c>, by its path in the directory with <c>/</c> as separator.</summary>
    public required IReadOnlyDictionary<string, ModelFile> Files { get; init; }

    /// <summary>Licences.</summary>
    public required ModelLicense License { get; init; }

    /// <summary>How the weights were made.</summary>
    public required ModelProvenance Provenance { get; init; }

    /// <summary>Whether a text is a name as <see cref="NameRule"/> has it.</summary>
    /// <param name="name">The text.</param>
    public static bool IsName(string name) =>
        name is { Length: > 0 and <= 64 }
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-')
        && char.IsAsciiLetterOrDigit(name[0]);
}

/// <summary>Sizes of a model's networks.</summary>
public sealed record ModelArchitecture
{
    /// <summary>Text encoder and image-token decoder.</summary>
    public required TransformerArchitecture Transformer { get; init; }

    /// <summary>Image tokenizer; its codes and grid are those of <see cref="Transformer"/>.</summary>
    public required ImageTokenizerArchitecture ImageTokenizer { get; init; }

    /// <summary>Upsampler, or null when the model has none.</summary>
    public UpsamplerArchitecture? Upsampler { get; init; }

    /// <summary>What else the family has to know, such as epsilons and special ids; its own record. Null for <c>parti</c>.</summary>
    public JsonElement? Settings { get; init; }
}

/// <summary>The text tokenizer's file.</summary>
public sealed record TextTokenizerEntry
{
    /// <summary>A key of <see cref="ModelManifest.Files"/>.</summary>
    public required string File { get; init; }

    /// <summary>The default of <see cref="Kind"/>: one SentencePiece file.</summary>
    public const string SentencePieceKind = "sentencepiece";

    /// <summary>A <see cref="Kind"/>: a JSON object from pieces to ids, and <see cref="Merges"/> beside it.</summary>
    public const string MergesKind = "merges";

    /// <summary>A <see cref="Kind"/>: a <c>tokenizer.json</c> with byte-level pairs.</summary>
    public const string TokenizerJsonKind = "tokenizer-json";

    /// <summary>
    /// A <see cref="Kind"/>: prompts are class numbers; <see cref="File"/> is empty, or holds the name of one class a line.
    /// </summary>
    public const string ClassesKind = "classes";

    /// <summary>Format: <c>sentencepiece</c>, <c>merges</c>, <c>tokenizer-json</c> or <c>classes</c>.</summary>
    public string Kind { get; init; } = SentencePieceKind;

    /// <summary>The table of merges, a key of <see cref="ModelManifest.Files"/>, exactly with <see cref="MergesKind"/>.</summary>
    public string? Merges { get; init; }

    /// <summary>Whether text is lower-cased first, as in training.</summary>
    public required bool LowerCase { get; init; }
}

/// <summary>Sampling parameters used where a request says nothing.</summary>
public sealed record SamplingDefaults
{
    /// <summary>λ in <c>u + λ(c − u)</c> (Parti §2.4): 0 to 50, default 1, no guidance.</summary>
    public float GuidanceScale { get; init; } = 1;

    /// <summary>0 to 10, default 1; 0 takes the likeliest token.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Candidates kept: 0 to the codebook size, default 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Probability mass kept: above 0 to 1, default 1 for all.</summary>
    public float TopP { get; init; } = 1;
}

/// <summary>Which file holds which network; each a key of <see cref="ModelManifest.Files"/>, one safetensors file or the index of its shards (<c>*.index.json</c>).</summary>
public sealed record WeightFiles
{
    /// <summary>Text encoder and decoder.</summary>
    public required string Transformer { get; init; }

    /// <summary>Image tokenizer.</summary>
    public required string ImageTokenizer { get; init; }

    /// <summary>Upsampler; null exactly when the architecture has none.</summary>
    public string? Upsampler { get; init; }

    /// <summary>Text encoder, where it is a network of its own beside the transformer.</summary>
    public string? TextEncoder { get; init; }
}

/// <summary>What a file must be.</summary>
public sealed record ModelFile
{
    /// <summary>SHA-256 of the contents, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Length, 1 or more.</summary>
    public required long Bytes { get; init; }
}

/// <summary>Licences, as SPDX expressions or one line of text, not empty.</summary>
public sealed record ModelLicense
{
    /// <summary>Licence of the weights.</summary>
    public required string Weights { get; init; }

    /// <summary>Licence of the training data.</summary>
    public required string Data { get; init; }
}

/// <summary>How the weights were made; free text for people, null where not known.</summary>
public sealed record ModelProvenance
{
    /// <summary>Version of the trainer.</summary>
    public string? TrainerVersion { get; init; }

    /// <summary>The commands that made the weights.</summary>
    public string? Command { get; init; }

    /// <summary>Version of the data generator, or the data set's name and version.</summary>
    public string? DataGeneratorVersion { get; init; }

    /// <summary>Training steps per network.</summary>
    public string? Steps { get; init; }

    /// <summary>When training ended, RFC 3339.</summary>
    public string? Date { get; init; }

    /// <summary>Where imported weights were published.</summary>
    public string? Origin { get; init; }

    /// <summary>SHA-256 of the published files that were imported, 64 lower-case hexadecimal digits, by file name.</summary>
    public IReadOnlyDictionary<string, string>? SourceFiles { get; init; }

    /// <summary>Scores by name, with the number of samples in the text.</summary>
    public IReadOnlyDictionary<string, string> Scores { get; init; } = new Dictionary<string, string>();
}
