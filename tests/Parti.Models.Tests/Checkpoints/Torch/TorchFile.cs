using System.IO.Compression;

namespace Parti.Models.Tests.Checkpoints.Torch;

/// <summary>Makes the archives that torch.save would write, and some it would not.</summary>
static class TorchFile
{
    /// <summary>An archive of a pickle and storages.</summary>
    internal static byte[] Of(byte[] pickle, params (string Key, byte[] Bytes)[] storages) =>
        Zip([("any/data.pkl", pickle), .. storages.Select(storage => ($"any/data/{storage.Key}", storage.Bytes)), ("any/version", "3\n"u8.ToArray())]);

    /// <summary>An archive whose entries are stored as they are.</summary>
    internal static byte[] Zip(params (string Name, byte[] Bytes)[] entries) => Zip(CompressionLevel.NoCompression, entries);

    internal static byte[] Zip(CompressionLevel level, params (string Name, byte[] Bytes)[] entries)
    {
        using MemoryStream file = new();
        using (ZipArchive zip = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                using Stream entry = zip.CreateEntry(name, level).Open();
                entry.Write(bytes);
            }
        }

        return file.ToArray();
    }

    /// <summary>A state dictionary of one tensor called <c>w</c>.</summary>
    internal static byte[] OneTensor(long stored, long offset, long[] shape, long[] strides, byte[]? storage = null, string key = "0", string type = "FloatStorage") => Of(
        new PickleWriter().Op('}').Text("w").Tensor(key, type, stored, offset, shape, strides).Op('s').Stop(),
        ("0", storage ?? new byte[Math.Max(4 * stored, 0)]));

    /// <summary>Replaces bytes from the last place where others stand.</summary>
    internal static byte[] Patched(byte[] file, ReadOnlySpan<byte> at, int offset, params byte[] bytes)
    {
        byte[] patched = [.. file];
        bytes.CopyTo(patched, file.AsSpan().LastIndexOf(at) + offset);
        return patched;
    }
}
