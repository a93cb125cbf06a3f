namespace Parti.Models.Checkpoints;

/// <summary>A directory with the <c>model.json</c> of a part of a model and the files it names.</summary>
public sealed class ComponentDirectory
{
    private ComponentDirectory(string path, ComponentManifest manifest) => (DirectoryPath, Manifest) = (path, manifest);

    /// <summary>The directory, an absolute path.</summary>
    public string DirectoryPath { get; }

    /// <summary>The contents of <c>model.json</c>, validated.</summary>
    public ComponentManifest Manifest { get; }

    /// <summary>Whether a directory holds a part of a model and no whole one.</summary>
    /// <param name="path">The directory.</param>
    /// <exception cref="CheckpointException">There is no <c>model.json</c> that can be read.</exception>
    public static bool Holds(string path) => ManifestJson.IsComponent(Path.Combine(Path.GetFullPath(path), ModelDirectory.ManifestName));

    /// <summary>Reads and validates the manifest; the other files are not touched.</summary>
    /// <param name="path">The directory.</param>
    /// <exception cref="CheckpointException">There is no manifest of a part, or it is invalid; the message names the key and what is allowed.</exception>
    public static ComponentDirectory Open(string path)
    {
        string full = Path.GetFullPath(path);
        return new(full, ManifestJson.ReadComponent(Path.Combine(full, ModelDirectory.ManifestName)));
    }

    /// <summary>Where a file of the part lies.</summary>
    /// <param name="name">A key of <see cref="ComponentManifest.Files"/>.</param>
    /// <exception cref="CheckpointException">The part has no such file.</exception>
    public string PathOf(string name) => Manifest.Files.ContainsKey(name)
        ? Path.Combine(DirectoryPath, name.Replace('/', Path.DirectorySeparatorChar))
        : throw new CheckpointException($"{DirectoryPath}: \"{name}\" is not one of the files in {ModelDirectory.ManifestName}.");

    /// <summary>Reads every file and holds its size and SHA-256 against the manifest.</summary>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <returns>One result per file, in ordinal order of the names.</returns>
    public IReadOnlyList<ModelFileCheck> Verify(CancellationToken cancellationToken = default) =>
        [.. Manifest.Files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => ModelFileCheck.Of(file.Key, PathOf(file.Key), file.Value, cancellationToken))];

    /// <summary>Writes a manifest whose files are known.</summary>
    internal static void Store(string path, ComponentManifest manifest)
    {
        string file = Path.Combine(path, ModelDirectory.ManifestName);
        ManifestRules.Check(file, manifest);
        AtomicFile.Write(file, stream => stream.Write(ManifestJson.Write(manifest)));
    }
}
