using System.Security.Cryptography;
using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>How far an import is.</summary>
/// <param name="File">What is being written or hashed.</param>
/// <param name="Bytes">Bytes done of all files together.</param>
/// <param name="TotalBytes">Bytes of all files together.</param>
public readonly record struct ImportProgress(string File, long Bytes, long TotalBytes);

/// <summary>
/// Converts a published checkpoint to a model directory. Tensors go through a small buffer, in the type they were published in; a killed
/// import goes on where it stopped when it is started again, and until the end there is no <c>model.json</c>.
/// </summary>
public sealed class ModelImporter
{
    private readonly ImportSource _source;
    private readonly IModelFamily _family;
    private readonly ImportPlan _plan;
    private readonly string _directory;
    private readonly List<(string Name, StreamedWeights Bytes)> _weights;
    private readonly IProgress<ImportProgress>? _progress;
    private ImportJournal _journal;
    private readonly long _total;
    private long _done;

    private ModelImporter(ImportSource source, IModelFamily family, ImportPlan plan, string directory, IProgress<ImportProgress>? progress)
    {
        (_source, _family, _plan, _directory, _progress) = (source, family, plan, directory, progress);
        _weights = [.. plan.Weights.Select(file => (file.File, new StreamedWeights(file)))];
        _total = _weights.Sum(file => file.Bytes.Length) + plan.Copies.Values.Sum(file => new FileInfo(file).Length);
        _journal = new() { Identity = ImportJournal.IdentityOf(source, _weights.Select(file => file.Bytes), plan.Copies.Values) };
    }

    /// <summary>Bytes that an import writes.</summary>
    /// <param name="plan">The plan.</param>
    public static long SizeOf(ImportPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Weights.Sum(file => file.Tensors.Values.Sum(tensor => tensor.Bytes)) + plan.Copies.Values.Sum(file => new FileInfo(file).Length);
    }

    /// <summary>Imports.</summary>
    /// <param name="source">What is imported.</param>
    /// <param name="family">Its family.</param>
    /// <param name="plan">The family's plan for it.</param>
    /// <param name="destination">A folder that is empty, does not exist yet or holds an unfinished import of the same source.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="cancellationToken">Stops between blocks; what was written is kept for the next time.</param>
    /// <exception cref="CheckpointException">The folder holds something else, the disk is too small, or a file is damaged.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Run(
        ImportSource source, IModelFamily family, ImportPlan plan, string destination, IProgress<ImportProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ModelImporter importer = new(source, family, plan, Path.GetFullPath(destination), progress);
        importer.RequireManifest();
        importer.Claim();
        importer.Write(cancellationToken);
    }

    // What a manifest must fulfil is known before anything is copied.
    private void RequireManifest()
    {
        Dictionary<string, ModelFile> files = _weights.Select(file => file.Name).Concat(_plan.Copies.Keys)
            .ToDictionary(name => name, _ => new ModelFile { Bytes = 1, Sha256 = new string('0', 64) });
        if (_plan.Model is { } model)
        {
            ManifestRules.Check(_source.Path, model with { Files = files });
        }
        else if (_plan.Component is { } component)
        {
            ManifestRules.Check(_source.Path, component with { Files = files });
        }
    }

    private void Claim()
    {
        ImportJournal? old = Directory.Exists(_directory) ? ImportJournal.Read(_directory) : null;
        if (old?.Identity == _journal.Identity)
        {
            _journal = old;
        }
        else if (Directory.Exists(_directory) && Directory.EnumerateFileSystemEntries(_directory).Any())
        {
            throw new CheckpointException(old is null
                ? $"{_directory} is not empty; give a folder that does not exist yet."
                : $"{_directory} holds an unfinished import of other files; remove it or give another folder.");
        }

        AtomicFile.CreateDirectory(_directory);
        long needed = _total - _journal.Done.Values.Sum(file => file.Bytes) - _journal.DurableBytes, free = new DriveInfo(_directory).AvailableFreeSpace;
        if (needed > free)
        {
            throw new CheckpointException($"{_directory} has {free:N0} bytes free; the import needs {needed:N0}. Make room or give a folder on another disk.");
        }

        _journal.Write(_directory);
    }

    private void Write(CancellationToken cancellationToken)
    {
        foreach ((string name, StreamedWeights bytes) in _weights)
        {
            Complete(name, bytes.Length, () => new WeightFileWriter(Path.Combine(_directory, name), bytes).Write(
                _journal.DurableBytes, durable => Note(_journal with { DurableBytes = durable }), count => Report(name, count), cancellationToken));
        }

        foreach ((string name, string original) in _plan.Copies)
        {
            Complete(name, new FileInfo(original).Length, () => Copy(name, original));
        }

        Dictionary<string, string> sources = HashSources(cancellationToken);
        ModelProvenance provenance = new() { Origin = _family.License.Origin, SourceFiles = sources };
        if (_plan.Model is { } model)
        {
            ModelDirectory.Store(_directory, model with { Files = _journal.Done, Provenance = provenance });
        }
        else if (_plan.Component is { } component)
        {
            ComponentDirectory.Store(_directory, component with { Files = _journal.Done, Provenance = provenance });
        }

        File.Delete(Path.Combine(_directory, ImportJournal.FileName));
    }

    private void Complete(string name, long length, Func<ModelFile> write)
    {
        if (_journal.Done.ContainsKey(name) && File.Exists(Path.Combine(_directory, name)))
        {
            Report(name, length);
            return;
        }

        ModelFile file = write();
        Note(_journal with { Done = new SortedDictionary<string, ModelFile>(new Dictionary<string, ModelFile>(_journal.Done) { [name] = file }, StringComparer.Ordinal), DurableBytes = 0 });
    }

    private ModelFile Copy(string name, string original)
    {
        using FileStream source = File.OpenRead(original);
        string hash = Convert.ToHexStringLower(SHA256.HashData(source));
        source.Position = 0;
        AtomicFile.Write(Path.Combine(_directory, name), source.CopyTo);
        Report(name, source.Length);
        return new() { Bytes = source.Length, Sha256 = hash };
    }

    private Dictionary<string, string> HashSources(CancellationToken cancellationToken)
    {
        HashSet<string> used = [.. _plan.Weights.SelectMany(file => file.Tensors.Values).SelectMany(FilesOf), .. _plan.Copies.Values];
        Dictionary<string, string> hashes = new(StringComparer.Ordinal);
        foreach (string path in used.Order(StringComparer.Ordinal))
        {
            _progress?.Report(new(Path.GetFileName(path), _done, _total));
            hashes[Path.GetFileName(path)] = FileHash.Sha256(path, cancellationToken);
        }

        return hashes;
    }

    private IEnumerable<string> FilesOf(SourceTensor tensor) => _source.Checkpoints
        .Where(checkpoint => checkpoint.Tensors.TryGetValue(tensor.Name, out SourceTensor? own) && own.Root == tensor.Root).SelectMany(checkpoint => checkpoint.Files);

    private void Report(string name, long count)
    {
        _done += count;
        _progress?.Report(new(name, _done, _total));
    }

    private void Note(ImportJournal journal)
    {
        _journal = journal;
        journal.Write(_directory);
    }
}
