using System.Text.Json;
using Parti.Models.Checkpoints;
using Parti.Models.Checkpoints.Torch;
using Parti.Models.Families.Parity;

namespace Parti.Models.Families.Importing;

public sealed partial class ImportSource
{
    private const int CheckpointLimit = 1000;
    private const string IndexSuffix = ".index.json";

    private static readonly string[] TorchSuffixes = [".pt", ".bin", ".pth", ".ckpt"];

    /// <summary>Opens a source.</summary>
    /// <param name="path">
    /// A checkpoint (<c>.safetensors</c>, <c>.pt</c>, <c>.bin</c>, <c>.pth</c>, <c>.ckpt</c>), the index of a sharded one, or a folder of them.
    /// </param>
    /// <param name="prefersTorch">Whether a checkpoint that is there in two formats is read as torch wrote it.</param>
    /// <exception cref="CheckpointException">There is no such file, or the one given is damaged or refused; the message names it.</exception>
    public static ImportSource Open(string path, bool prefersTorch = false)
    {
        string full = System.IO.Path.GetFullPath(path);
        bool isFolder = Directory.Exists(full);
        if (!isFolder && !File.Exists(full))
        {
            throw new CheckpointException($"{full} does not exist; give a checkpoint file or a folder of them.");
        }

        string folder = isFolder ? full : System.IO.Path.GetDirectoryName(full) ?? "/";
        List<string> names = isFolder ? CheckpointNames(folder) : [System.IO.Path.GetFileName(full)];
        List<SourceCheckpoint> checkpoints = [];
        JsonDocument? fixture = null;
        try
        {
            List<string> unreadable = [];
            foreach (string name in names)
            {
                try
                {
                    checkpoints.Add(KeyPrefixes.Strip(OpenCheckpoint(System.IO.Path.Combine(folder, name))));
                }
                catch (CheckpointException error) when (isFolder)
                {
                    unreadable.Add(error.Message);
                }
            }

            string manifest = System.IO.Path.Combine(folder, Fixture.ManifestName);
            fixture = File.Exists(manifest) ? SourceJson.Read(manifest) : null;
            return new(full, folder, checkpoints, fixture, prefersTorch) { Unreadable = unreadable };
        }
        catch
        {
            checkpoints.ForEach(checkpoint => checkpoint.Dispose());
            fixture?.Dispose();
            throw;
        }
    }

    // An index stands for its shards, which are no checkpoints of their own.
    private static List<string> CheckpointNames(string folder)
    {
        List<string> files = [.. Directory.EnumerateFiles(folder).Select(file => System.IO.Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
        List<string> indexes = [.. files.Where(IsIndex)];
        HashSet<string> shards = [.. indexes.SelectMany(index => ShardIndex.Read(System.IO.Path.Combine(folder, index)).Shards)];
        string tfjs = System.IO.Path.Combine(folder, TfjsSource.FileName);
        bool isTfjs = File.Exists(tfjs) && TfjsSource.Is(tfjs);
        shards.UnionWith(isTfjs ? TfjsSource.ShardNames(tfjs) : []);
        List<string> checkpoints = [.. indexes, .. files.Where(file => IsCheckpoint(file) && !shards.Contains(file)), .. isTfjs ? [TfjsSource.FileName] : Array.Empty<string>()];
        checkpoints.Remove(Fixture.GoldenName);
        return checkpoints.Count <= CheckpointLimit
            ? checkpoints
            : throw new CheckpointException($"{folder} holds {checkpoints.Count} checkpoints; a source has at most {CheckpointLimit}.");
    }

    private static bool IsIndex(string name) => name.EndsWith(IndexSuffix, StringComparison.OrdinalIgnoreCase);

    private static bool IsTorch(string name) => TorchSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));

    private static bool IsCheckpoint(string name) => name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || IsTorch(name);

    private static SourceCheckpoint OpenCheckpoint(string path)
    {
        if (IsIndex(path))
        {
            return ShardIndex.Read(path).Open(path, OpenCheckpoint);
        }

        if (System.IO.Path.GetFileName(path) == TfjsSource.FileName && TfjsSource.Is(path))
        {
            return TfjsSource.Open(path);
        }

        if (IsTorch(path))
        {
            return TorchCheckpoint.Open(path);
        }

        return IsCheckpoint(path)
            ? SafeTensorsSource.Open(path)
            : throw new CheckpointException($"{path} is no checkpoint; known are .safetensors, {string.Join(", ", TorchSuffixes)} and {IndexSuffix}.");
    }
}
