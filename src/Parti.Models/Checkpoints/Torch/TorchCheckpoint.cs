using Parti.Models.Families.Importing;

namespace Parti.Models.Checkpoints.Torch;

/// <summary>
/// Opens checkpoints of torch.save (the zip format of torch 1.6 and later). Only tensors, containers, texts and numbers are built;
/// no code of the file is run.
/// </summary>
internal static class TorchCheckpoint
{
    private const int PickleLimit = 256 << 20, NameLimit = 512;

    // In the order in which they are tried; a file has at most two of them around its weights.
    private static readonly string[] Wrappers = ["model", "module", "state_dict", "params_ema", "params"];

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">A file of torch.save.</param>
    /// <exception cref="CheckpointException">It is damaged, of an older format, or holds what is refused; one line that names it.</exception>
    internal static SourceCheckpoint Open(string path)
    {
        TorchBytes? bytes = null;
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            RequireZip(path, file);
            ZipDirectory zip = ZipDirectory.Read(path, file);
            string root = Root(path, zip);
            object? value = new PickleMachine(Pickle(path, zip.Entries[root + "data.pkl"], file)).Run();
            bytes = new(path);
            return new(Path.GetFileName(path), [path], Tensors(path, value, zip, root, bytes), bytes);
        }
        catch (Exception error)
        {
            bytes?.Dispose();
            throw error switch
            {
                PickleException => new CheckpointException($"{path}: {error.Message}.", error),
                IOException or UnauthorizedAccessException => new CheckpointException($"{path} cannot be read: {error.Message}", error),
                _ => error,
            };
        }
    }

    private static void RequireZip(string path, FileStream file)
    {
        Span<byte> start = stackalloc byte[4];
        int read = file.ReadAtLeast(start, 4, throwOnEndOfStream: false);
        if (read == 4 && start[0] == 'P' && start[1] == 'K')
        {
            return;
        }

        throw new CheckpointException(read > 0 && start[0] == 0x80
            ? $"{path} was written before torch 1.6, whose format is not read; open it once with a newer torch and save it again."
            : $"{path} is no checkpoint of torch.save; it is truncated or of another format.");
    }

    // The folder inside the archive is called after the file it was once written to.
    private static string Root(string path, ZipDirectory zip)
    {
        string[] pickles = [.. zip.Entries.Keys.Where(name => name.EndsWith("/data.pkl", StringComparison.Ordinal))];
        if (pickles.Length != 1)
        {
            throw new CheckpointException($"{path}: it holds {pickles.Length} entries called data.pkl; a checkpoint has one.");
        }

        return pickles[0][..^"data.pkl".Length];
    }

    private static byte[] Pickle(string path, ZipEntry entry, FileStream file)
    {
        if (entry.Length > PickleLimit)
        {
            throw new CheckpointException($"{path}: its data.pkl has {entry.Length} bytes, allowed are {PickleLimit}.");
        }

        byte[] pickle = new byte[entry.Length];
        file.Position = entry.Offset;
        file.ReadExactly(pickle);
        return pickle;
    }

    private static Dictionary<string, SourceTensor> Tensors(string path, object? value, ZipDirectory zip, string root, TorchBytes bytes)
    {
        Dictionary<string, SourceTensor> tensors = new(StringComparer.Ordinal);
        foreach ((string key, object? item) in Weights(path, value).Items)
        {
            if (item is PickleOpaque opaque)
            {
                throw new PickleException($"\"{PickleText.Shown(key)}\" among the weights is made by {opaque.Maker}, which builds no tensor that is known here");
            }

            if (item is PickleTensor tensor)
            {
                RequireName(key);
                tensors.Add(key, new TorchTensor(key, tensor, bytes, Storage(tensor.Storage, zip, root).Offset));
            }
        }

        return tensors;
    }

    private static PickleDict Weights(string path, object? value)
    {
        if (value is PickleDict dictionary)
        {
            PickleDict? inner = Wrappers.Select(wrapper => dictionary.Items.GetValueOrDefault(wrapper)).OfType<PickleDict>().FirstOrDefault(HasTensors);
            if (inner is not null || HasTensors(dictionary))
            {
                return inner ?? dictionary;
            }
        }

        string what = value is PickleOpaque opaque ? $" It is a {opaque.Maker}, which is not built here." : "";
        throw new CheckpointException($"{path}: it holds no dictionary of tensors, alone or under {string.Join(", ", Wrappers)}.{what}");
    }

    private static bool HasTensors(PickleDict dictionary) => dictionary.Items.Values.Any(item => item is PickleTensor);

    private static ZipEntry Storage(PickleStorage storage, ZipDirectory zip, string root)
    {
        if (!zip.Entries.TryGetValue($"{root}data/{storage.Key}", out ZipEntry entry))
        {
            throw new PickleException($"storage {storage.Key} is missing");
        }

        long bytes = storage.Elements > long.MaxValue / 8 ? long.MaxValue : storage.Elements * (storage.Type?.Size() ?? 1);
        return entry.Length == bytes ? entry : throw new PickleException($"storage {storage.Key} has {entry.Length} bytes, its tensors say {bytes}");
    }

    private static void RequireName(string name)
    {
        if (name.Length is 0 or > NameLimit || name.Any(char.IsControl))
        {
            throw new PickleException($"tensor \"{PickleText.Shown(name)}\" has a name that is empty, longer than {NameLimit} or not printable");
        }
    }
}
