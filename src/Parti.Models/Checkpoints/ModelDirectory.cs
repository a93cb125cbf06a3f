using System.Security.Cryptography;
using System.Text;
using Parti.Models.Text;

namespace Parti.Models.Checkpoints;

/// <summary>A directory with a <c>model.json</c> and the files it names.</summary>
public sealed class ModelDirectory
{
    /// <summary>Name of the manifest.</summary>
    public const string ManifestName = "model.json";

    ModelDirectory(string path, ModelManifest manifest)
    {
        DirectoryPath = path;
        Manifest = manifest;
        Hash = HashOf(manifest);
    }

    /// <summary>The directory, an absolute path.</summary>
    public string DirectoryPath { get; }

    /// <summary>The contents of <c>model.json</c>, validated.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>
    /// What identifies the weights: SHA-256, 64 hexadecimal digits, over one line <c>name sha256\n</c> per file in ordinal order of the names.
    /// </summary>
    public string Hash { get; }

    /// <summary>Whether a directory looks like a model: it holds a <c>model.json</c>.</summary>
    public static bool Exists(string path) => File.Exists(Path.Combine(path, ManifestName));

    /// <summary>Reads and validates a model's manifest; the other files are not touched.</summary>
    /// <param name="path">The directory.</param>
    /// <exception cref="CheckpointException">There is no manifest, or it is invalid; the message names the key and what is allowed.</exception>
    public static ModelDirectory Open(string path)
    {
        string full = Path.GetFullPath(path);
        string manifest = Path.Combine(full, ManifestName);
        if (!File.Exists(manifest))
        {
            throw new CheckpointException($"{full} is no model directory: it has no {ManifestName}.");
        }
        return ManifestJson.IsComponent(manifest)
            ? throw new CheckpointException($"{full} holds a part of a model only ({ManifestJson.ReadComponent(manifest).Component}); it can be verified, not served.")
            : new ModelDirectory(full, ManifestJson.Read(manifest));
    }

    /// <summary>Writes a manifest whose files are known.</summary>
    internal static void Store(string path, ModelManifest manifest)
    {
        string file = Path.Combine(path, ManifestName);
        ManifestRules.Check(file, manifest);
        AtomicFile.Write(file, stream => stream.Write(ManifestJson.Write(manifest)));
    }

    /// <summary>Writes <c>model.json</c> for files that are in place, and opens the result.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="manifest">The manifest; sizes and hashes in <see cref="ModelManifest.Files"/> are computed anew for the names given there and all names referred to.</param>
    /// <exception cref="CheckpointException">A file is missing or the manifest is invalid; nothing is written.</exception>
    /// <exception cref="IOException">The manifest cannot be written.</exception>
    public static ModelDirectory Write(string path, ModelManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        string file = Path.Combine(Path.GetFullPath(path), ManifestName);
        SortedDictionary<string, ModelFile> files = new(StringComparer.Ordinal);
        foreach (string name in manifest.Files.Keys.Union(Referenced(manifest)))
        {
            files[name] = Describe(path, name);
        }
        ModelManifest complete = manifest with { Files = files };
        ManifestRules.Check(file, complete);
        AtomicFile.Write(file, stream => stream.Write(ManifestJson.Write(complete)));
        return Open(path);
    }

    /// <summary>Where a file of the model lies.</summary>
    /// <param name="name">A key of <see cref="ModelManifest.Files"/>.</param>
    /// <exception cref="CheckpointException">The model has no such file.</exception>
    public string PathOf(string name) => Manifest.Files.ContainsKey(name)
        ? Path.Combine(DirectoryPath, name.Replace('/', Path.DirectorySeparatorChar))
        : throw new CheckpointException($"{DirectoryPath}: \"{name}\" is not one of the model's files.");

    /// <summary>Opens a weights file, or the shards its index names; its shards must be among the model's files.</summary>
    /// <param name="name">One of <see cref="ModelManifest.Weights"/>.</param>
    /// <exception cref="CheckpointException">The file is missing, damaged or inconsistent, or a shard is not covered by the manifest's hashes.</exception>
    public SafeTensorsReader OpenWeights(string name) => OpenWeights(name, null);

    /// <summary>Opens a weights file, or those of its shards that hold some tensors.</summary>
    /// <param name="name">One of <see cref="ModelManifest.Weights"/>.</param>
    /// <param name="isWanted">Which tensors will be read; null for all.</param>
    /// <exception cref="CheckpointException">As without <paramref name="isWanted"/>.</exception>
    public SafeTensorsReader OpenWeights(string name, Func<string, bool>? isWanted)
    {
        SafeTensorsReader reader = SafeTensorsReader.Open(PathOf(name), isWanted);
        HashSet<string> covered = [.. Manifest.Files.Keys.Select(PathOf)];
        if (reader.Files.FirstOrDefault(file => !covered.Contains(file)) is { } stray)
        {
            reader.Dispose();
            throw new CheckpointException($"{DirectoryPath}: shard {Path.GetFileName(stray)} is not one of the files in {ManifestName}.");
        }
        return reader;
    }

    /// <summary>Loads the text tokenizer and holds its vocabulary against the architecture.</summary>
    /// <exception cref="CheckpointException">The file cannot be read, is no tokenizer or has more ids than the model has rows for.</exception>
    public TextTokenizer LoadTextTokenizer()
    {
        string path = PathOf(Manifest.TextTokenizer.File);
        try
        {
            TextTokenizer tokenizer = TextTokenizer.Load(path, Manifest.TextTokenizer.LowerCase);
            int rows = Manifest.Architecture.Transformer.TextVocabulary;
            return tokenizer.VocabularySize <= rows
                ? tokenizer
                : throw new CheckpointException($"{path} has {tokenizer.VocabularySize} pieces; architecture.transformer.text_vocabulary is {rows}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new CheckpointException(error.Message, error);
        }
    }

    /// <summary>Reads every file and holds its size and SHA-256 against the manifest.</summary>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <returns>One result per file, in ordinal order of the names.</returns>
    public IReadOnlyList<ModelFileCheck> Verify(CancellationToken cancellationToken = default) =>
        [.. Manifest.Files.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => ModelFileCheck.Of(f.Key, PathOf(f.Key), f.Value, cancellationToken))];

    /// <summary>Like <see cref="Verify"/>, but throws at the first file that does not fit.</summary>
    /// <exception cref="CheckpointException">A file is missing or differs.</exception>
    public void RequireIntact(CancellationToken cancellationToken = default)
    {
        foreach ((string name, ModelFile file) in Manifest.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            Require(ModelFileCheck.Of(name, PathOf(name), file, cancellationToken));
        }
    }

    /// <summary>
    /// Like <see cref="RequireIntact(CancellationToken)"/> for who reads parts of weights files: every other file, and the shards that hold
    /// nothing but what is read. Where a part shares a file with other tensors, the header, the sizes and the shapes have to do.
    /// </summary>
    /// <param name="parts">Weights files that are read in part or not at all, and which of their tensors are read.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="CheckpointException">A file is missing or differs.</exception>
    public void RequireIntact(IReadOnlyDictionary<string, Func<string, bool>> parts, CancellationToken cancellationToken = default)
    {
        HashSet<string> passed = [], read = [];
        foreach ((string weights, Func<string, bool> isRead) in parts)
        {
            string path = PathOf(weights);
            SafeTensorsIndex? index = path.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase) && File.Exists(path) ? SafeTensorsIndex.Read(path) : null;
            read.UnionWith(index?.ShardsOf(isRead).Where(shard => index.AreAll(shard, isRead)).Append(path) ?? []);
            passed.UnionWith(index?.ShardsOf(null) ?? [path]);
        }
        passed.ExceptWith(read);
        IEnumerable<KeyValuePair<string, ModelFile>> whole = Manifest.Files.Where(file => !passed.Contains(PathOf(file.Key))).OrderBy(f => f.Key, StringComparer.Ordinal);
        whole.ToList().ForEach(file => Require(ModelFileCheck.Of(file.Key, PathOf(file.Key), file.Value, cancellationToken)));
    }

    void Require(ModelFileCheck check)
    {
        if (!check.Ok)
        {
            throw new CheckpointException($"{DirectoryPath}: {check.Message}");
        }
    }

    static IEnumerable<string> Referenced(ModelManifest manifest) =>
        new[] { manifest.TextTokenizer.File, manifest.TextTokenizer.Merges, manifest.Weights.Transformer, manifest.Weights.ImageTokenizer, manifest.Weights.Upsampler, manifest.Weights.TextEncoder }.OfType<string>().Where(name => name.Length > 0);

    static ModelFile Describe(string directory, string name)
    {
        string path = Path.Combine(directory, name);
        if (!ModelFileName.IsSafe(name) || !File.Exists(path))
        {
            throw new CheckpointException($"{directory}: \"{name}\" is no file inside the model directory.");
        }
        using FileStream file = File.OpenRead(path);
        return new ModelFile { Sha256 = Convert.ToHexStringLower(SHA256.HashData(file)), Bytes = file.Length };
    }

    static string HashOf(ModelManifest manifest)
    {
        StringBuilder lines = new();
        foreach ((string name, ModelFile file) in manifest.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            lines.Append(name).Append(' ').Append(file.Sha256).Append('\n');
        }
        // The same files make other pictures.
        if (manifest.DecoderWeights != WeightFormat.Float32)
        {
            lines.Append("decoder_weights ").Append(manifest.DecoderWeights).Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }
}
