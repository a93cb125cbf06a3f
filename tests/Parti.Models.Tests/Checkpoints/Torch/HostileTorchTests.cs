using System.Buffers.Binary;
using System.IO.Compression;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;

namespace Parti.Models.Tests.Checkpoints.Torch;

public sealed class HostileTorchTests : IDisposable
{
    private const long AllocationLimit = 400 << 20;

    private readonly TemporaryDirectory _folder = new();

    private static readonly Dictionary<string, (string Says, Func<byte[]> File)> Cases = new()
    {
        ["os.system called"] = ("os.system", () => Call("os", "system")),
        ["posix.system called"] = ("posix.system", () => Call("posix", "system")),
        ["subprocess.Popen made"] = ("subprocess.Popen", () => TorchFile.Of(new PickleWriter().Global("subprocess", "Popen").Text("touch hit").Raw(0x85).Raw(0x81).Stop())),
        ["builtins.eval by names on the stack"] = ("builtins.eval", () => TorchFile.Of(new PickleWriter().Text("builtins").Text("eval").Raw(0x93).Text("1").Raw(0x85).Op('R').Stop())),
        ["builtins.__import__"] = ("builtins.__import__", () => Call("builtins", "__import__")),
        ["__builtin__.exec"] = ("__builtin__.exec", () => Call("__builtin__", "exec")),
        ["importlib.import_module"] = ("importlib.import_module", () => Call("importlib", "import_module")),
        ["runpy below a module"] = ("runpy._run", () => Call("runpy", "_run_code")),
        ["torch.hub.load"] = ("torch.hub.load", () => Call("torch.hub", "load")),
        ["INST"] = ("INST", () => TorchFile.Of(new PickleWriter().Op('(').Text("touch hit").Raw("ios\nsystem\n"u8.ToArray()).Stop())),
        ["OBJ"] = ("OBJ", () => TorchFile.Of(new PickleWriter().Op('(').Op('N').Op('o').Stop())),
        ["EXT1"] = ("EXT1", () => TorchFile.Of(new PickleWriter().Raw(0x82, 1).Stop())),
        ["PERSID"] = ("PERSID", () => TorchFile.Of(new PickleWriter().Raw("P0\n"u8.ToArray()).Stop())),
        ["BYTEARRAY8"] = ("BYTEARRAY8", () => TorchFile.Of(new PickleWriter().Raw(0x96).Stop())),
        ["unknown opcode"] = ("0xff", () => TorchFile.Of(new PickleWriter().Raw(0xff).Stop())),
        ["tuples in tuples"] = ("deep", () => TorchFile.Of(new PickleWriter().Op('N').Times(1_000_000, 0x85).Stop())),
        ["marks in marks"] = ("deep", () => TorchFile.Of(new PickleWriter().Times(1_000_000, (byte)'(').Stop())),
        ["lists in lists"] = ("deep", () => TorchFile.Of(new PickleWriter().Times(200, (byte)']').Times(199, (byte)'a').Stop())),
        ["dictionary in itself"] = ("no dictionary of tensors", () => TorchFile.Of(new PickleWriter().Op('}').Raw((byte)'q', 0).Text("model").Raw((byte)'h', 0).Op('s').Stop())),
        ["memo of millions"] = ("memo", () => TorchFile.Of(new PickleWriter().Op('N').Times(4_000_001, 0x94).Stop())),
        ["stack of millions"] = ("stack", () => TorchFile.Of(new PickleWriter().Times(4_000_001, (byte)'N').Stop())),
        ["memo never set"] = ("memo 7", () => TorchFile.Of(new PickleWriter().Raw((byte)'h', 7).Stop())),
        ["doubled lists"] = ("no dictionary of tensors", Doubled),
        ["text of 2^62 bytes"] = ("too soon", () => TorchFile.Of(new PickleWriter().Raw(0x8d, 0, 0, 0, 0, 0, 0, 0, 0x40).Stop())),
        ["text of negative length"] = ("too soon", () => TorchFile.Of(new PickleWriter().Raw(0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff).Stop())),
        ["no end"] = ("too soon", () => TorchFile.Of([0x80, 2, (byte)'}'])),
        ["empty pickle"] = ("too soon", () => TorchFile.Of([])),
        ["stack empty"] = ("empty", () => TorchFile.Of(new PickleWriter().Stop())),
        ["mark missing"] = ("mark", () => TorchFile.Of(new PickleWriter().Op('t').Stop())),
        ["state set on a number"] = ("state", () => TorchFile.Of(new PickleWriter().Number(1).Op('}').Op('b').Stop())),
        ["text called"] = ("called", () => TorchFile.Of(new PickleWriter().Text("os.system").Op(')').Op('R').Stop())),
        ["unknown object as a whole"] = ("my.model.Net", () => TorchFile.Of(new PickleWriter().Global("my.model", "Net").Op(')').Raw(0x81).Op('}').Op('b').Stop())),
        ["unknown object among weights"] = ("my.model.weight", () => TorchFile.Of(
            new PickleWriter().Op('}').Text("w").Tensor("0", "FloatStorage", 1, 0, [1], [1]).Op('s').Text("v").Global("my.model", "weight").Op(')').Op('R').Op('s').Stop(), ("0", new byte[4]))),
        ["no tensors"] = ("no dictionary of tensors", () => TorchFile.Of(new PickleWriter().Op('}').Stop())),
        ["negative offset"] = ("negative", () => TorchFile.OneTensor(4, -1, [2], [1])),
        ["negative size"] = ("negative", () => TorchFile.OneTensor(4, 0, [-2], [1])),
        ["negative stride"] = ("negative", () => TorchFile.OneTensor(4, 3, [2], [-1])),
        ["one stride for two sizes"] = ("stride", () => TorchFile.OneTensor(4, 0, [2, 2], [1])),
        ["40 dimensions"] = ("dimensions", () => TorchFile.OneTensor(4, 0, [.. Enumerable.Repeat(1L, 40)], [.. Enumerable.Repeat(1L, 40)])),
        ["offset outside"] = ("outside", () => TorchFile.OneTensor(4, 3, [2], [1])),
        ["stride outside"] = ("outside", () => TorchFile.OneTensor(4, 0, [2, 2], [3, 1])),
        ["stride beyond all numbers"] = ("outside", () => TorchFile.OneTensor(4, 0, [2, 2], [long.MaxValue, long.MaxValue])),
        ["one number expanded to a billion"] = ("outside", () => TorchFile.OneTensor(1, 0, [1_000_000_000], [0])),
        ["empty tensor far outside"] = ("outside", () => TorchFile.OneTensor(4, 1L << 60, [0], [1])),
        ["storage missing"] = ("storage 1 is missing", () => TorchFile.OneTensor(4, 0, [4], [1], key: "1")),
        ["storage shorter than it says"] = ("has 8 bytes", () => TorchFile.OneTensor(4, 0, [4], [1], storage: new byte[8])),
        ["storage of 2^62 numbers"] = ("has 4 bytes", () => TorchFile.OneTensor(1L << 62, 0, [4], [1], storage: new byte[4])),
        ["storage of a negative size"] = ("negative size", () => TorchFile.OneTensor(-4, 0, [4], [1])),
        ["storage by a path"] = ("plain name", () => TorchFile.OneTensor(4, 0, [4], [1], key: "../0")),
        ["storage of complex numbers"] = ("known type", () => TorchFile.OneTensor(4, 0, [4], [1], type: "ComplexFloatStorage")),
        ["name of a megabyte"] = ("512", () => TorchFile.Of(
            new PickleWriter().Op('}').Text(new string('w', 1 << 20)).Tensor("0", "FloatStorage", 1, 0, [1], [1]).Op('s').Stop(), ("0", new byte[4]))),
        ["compressed entry"] = ("compressed", () => TorchFile.Zip(CompressionLevel.Optimal, ("any/data.pkl", new byte[10 << 20]))),
        ["entry that leaves the archive"] = ("leaves", () => TorchFile.Zip(("any/data.pkl", [1]), ("../../etc/cron.d/x", [1]))),
        ["entry with an absolute name"] = ("leaves", () => TorchFile.Zip(("any/data.pkl", [1]), ("/etc/passwd", [1]))),
        ["entry twice"] = ("twice", () => TorchFile.Zip(("any/data.pkl", [1]), ("any/data.pkl", [2]))),
        ["two pickles"] = ("2 entries", () => TorchFile.Zip(("a/data.pkl", [1]), ("b/data.pkl", [2]))),
        ["no pickle"] = ("0 entries", () => TorchFile.Zip(("a/data/0", [1]))),
        ["entry longer than it stores"] = ("stores", () => TorchFile.Patched(TorchFile.Zip(("any/data.pkl", [1])), "PK\u0001\u0002"u8, 24, 0xff, 0xff, 0xff, 0x7f)),
        ["entry of the length of another file"] = ("outside of the file", () => TorchFile.Patched(
            TorchFile.Patched(TorchFile.Zip(("any/data.pkl", [1])), "PK\u0001\u0002"u8, 24, 0xff, 0xff, 0xff, 0x7f), "PK\u0001\u0002"u8, 20, 0xff, 0xff, 0xff, 0x7f)),
        ["entry that is elsewhere"] = ("not where", () => TorchFile.Patched(TorchFile.Zip(("any/data.pkl", [1])), "PK\u0001\u0002"u8, 42, 3)),
        ["more entries than there are"] = ("damaged", () => TorchFile.Patched(TorchFile.Zip(("any/data.pkl", [1])), "PK\u0005\u0006"u8, 10, 99, 0)),
        ["directory outside"] = ("outside of the file", () => TorchFile.Patched(TorchFile.Zip(("any/data.pkl", [1])), "PK\u0005\u0006"u8, 16, 0xff, 0xff, 0xff, 0x7f)),
        ["entries on one another"] = ("overlaps", () => Overlapping()),
        ["tensor of a million dimensions"] = ("dimensions", () => TorchFile.OneTensor(4, 0, [.. Enumerable.Repeat(1L, 1_000_000)], [.. Enumerable.Repeat(1L, 1_000_000)])),
        ["dictionary made of one list a thousand times"] = ("copy more than", () => Copied("OrderedDict")),
        ["tuple copied by a class that is not known"] = ("copy more than", () => Copied("Counter")),
        ["persistent ids of one tuple for ever"] = ("stack", () => TorchFile.Of(
            new PickleWriter().Op('(').Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Number(1).Op('t').Raw((byte)'q', 0)
                .Times(4_000_001, (byte)'h', 0, (byte)'Q').Stop())),
        ["persistent id of a persistent id"] = ("persistent id", () => TorchFile.Of(
            new PickleWriter().Op('(').Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Number(1).Op('t').Op('Q').Op('Q').Stop())),
        ["LONG4 of 4 GiB"] = ("too soon", () => TorchFile.Of(new PickleWriter().Raw(0x8b, 0xff, 0xff, 0xff, 0xff).Stop())),
        ["number of 4,000 digits"] = ("whole number", () => TorchFile.Of(new PickleWriter().Op('L').Times(4000, (byte)'9').Raw((byte)'\n').Stop())),
        ["line without an end"] = ("does not end", () => TorchFile.Of(new PickleWriter().Op('V').Times(1 << 20, (byte)'a').Stop())),
        ["frame of 2^63 bytes around a call"] = ("os.system", () => TorchFile.Of(
            new PickleWriter().Raw(0x95, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff).Global("os", "system").Stop())),
        ["memo of a huge number by text"] = ("memo 9223372036854775807", () => TorchFile.Of(new PickleWriter().Raw("g9223372036854775807\n"u8.ToArray()).Stop())),
        ["state set on itself"] = ("no dictionary of tensors", () => TorchFile.Of(new PickleWriter().Op('}').Raw((byte)'q', 0).Raw((byte)'h', 0).Op('b').Stop())),
        ["mark taken by another container"] = ("empty", () => TorchFile.Of(new PickleWriter().Op('}').Op('(').Text("w").Op('s').Stop())),
        ["64-bit directory that is not there"] = ("64-bit", () => TorchFile.Patched(TorchFile.Zip(("any/data.pkl", [1])), "PK\u0005\u0006"u8, 16, 0xff, 0xff, 0xff, 0xff)),
        ["64-bit directory of a negative size"] = ("outside of the file", () => Zip64(count: 1, size: -46, offset: 0)),
        ["64-bit directory of 2^40 bytes"] = ("allowed are", () => Zip64(count: 1, size: 1L << 40, offset: 0)),
        ["64-bit directory at 2^63 - 1"] = ("outside of the file", () => Zip64(count: 1, size: 46, offset: long.MaxValue)),
        ["64-bit directory of a negative count"] = ("0 entries", () => Zip64(count: -1, size: 0, offset: 0)),
        ["64-bit length of an entry that is a lie"] = ("outside of the file", () => Entry64(1L << 40, 1L << 40)),
        ["64-bit length of an entry below zero"] = ("outside of the file", () => Entry64(-1, -1)),
        ["truncated"] = ("truncated", () => TorchFile.OneTensor(4, 0, [4], [1])[..^30]),
        ["before torch 1.6"] = ("1.6", () => [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']),
        ["text"] = ("another format", () => "hello"u8.ToArray()),
        ["empty file"] = ("another format", () => []),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Open_HostileFile_IsRefusedInOneLineAndRunsNothing(string name)
    {
        string path = Path.Combine(_folder.Path, "model.pt");
        File.WriteAllBytes(path, Cases[name].File());
        long before = GC.GetAllocatedBytesForCurrentThread();

        CheckpointException refused = Assert.Throws<CheckpointException>(() => ImportSource.Open(path).Dispose());

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocationLimit);
        Assert.Contains(Cases[name].Says, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.InRange(refused.Message.Length, 1, 600);
        Assert.Equal(["model.pt"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Open_DamagedFile_OpensOrIsRefused()
    {
        const int Seed = 20261125, Rounds = 400;
        TestContext.Current.SendDiagnosticMessage($"seed {Seed}");
        Random random = new(Seed);
        byte[] sound = TorchFile.OneTensor(6, 0, [2, 3], [3, 1]);
        string path = Path.Combine(_folder.Path, "model.pt");
        for (int round = 0; round < Rounds; round++)
        {
            byte[] damaged = [.. sound];
            for (int i = random.Next(1, 5); i > 0; i--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, random.Next(4) == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            Exception? error = Record.Exception(() => ImportSource.Open(path).Dispose());
            Assert.True(error is null or CheckpointException, $"seed {Seed}, round {round}: {error}");
        }
    }

    private static byte[] Call(string module, string name) =>
        TorchFile.Of(new PickleWriter().Global(module, name).Text("touch hit").Raw(0x85).Op('R').Stop());

    // 60 lists, each holding the one before twice: 2^60 values for who walks them.
    private static byte[] Doubled()
    {
        PickleWriter pickle = new PickleWriter().Op(']').Raw((byte)'q', 0);
        for (byte i = 1; i < 60; i++)
        {
            byte before = (byte)(i - 1);
            pickle.Op(']').Raw((byte)'q', i).Raw((byte)'h', before).Op('a').Raw((byte)'h', before).Op('a');
        }

        return TorchFile.Of(pickle.Stop());
    }

    // A list of a hundred thousand pairs, kept once and handed over a thousand times.
    private static byte[] Copied(string name)
    {
        PickleWriter pickle = new PickleWriter().Op(']').Op('(');
        for (int i = 0; i < 100_000; i++)
        {
            pickle.Text($"{i}").Op('N').Raw(0x86);
        }

        pickle.Op('e').Raw((byte)'q', 0).Op('0').Global("collections", name).Raw((byte)'q', 1).Op('0');
        return TorchFile.Of(pickle.Times(1000, (byte)'h', 1, (byte)'h', 0, 0x85, (byte)'R').Stop());
    }

    // An archive whose directory is told in 64 bits.
    private static byte[] Zip64(long count, long size, long offset)
    {
        byte[] record = new byte[56], locator = new byte[20], end = new byte[22];
        "PK\u0006\u0006"u8.CopyTo(record);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(32), count);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(40), size);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(48), offset);
        "PK\u0006\u0007"u8.CopyTo(locator);
        BinaryPrimitives.WriteInt64LittleEndian(locator.AsSpan(8), 4);
        "PK\u0005\u0006"u8.CopyTo(end);
        end.AsSpan(10, 10).Fill(0xff);
        return [.. "PK\u0003\u0004"u8, .. record, .. locator, .. end];
    }

    // An archive with one entry whose lengths stand in the extra field.
    private static byte[] Entry64(long size, long stored)
    {
        byte[] name = "any/data.pkl"u8.ToArray(), extra = [1, 0, 16, 0, .. BitConverter.GetBytes(size), .. BitConverter.GetBytes(stored)];
        byte[] local = [.. "PK\u0003\u0004"u8, .. new byte[22], (byte)name.Length, 0, 0, 0, .. name, (byte)'.'];
        byte[] central = [.. "PK\u0001\u0002"u8, .. new byte[16], .. Enumerable.Repeat((byte)0xff, 8), (byte)name.Length, 0, (byte)extra.Length, 0, .. new byte[14], .. name, .. extra];
        byte[] end = new byte[22];
        "PK\u0005\u0006"u8.CopyTo(end);
        end[10] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(end.AsSpan(12), central.Length);
        BinaryPrimitives.WriteInt32LittleEndian(end.AsSpan(16), local.Length);
        return [.. local, .. central, .. end];
    }

    // The second entry's header lies inside the first entry's contents.
    private static byte[] Overlapping()
    {
        byte[] inner = [0x50, 0x4b, 3, 4, .. new byte[22], 1, 0, 0, 0, (byte)'b', 7, 7, 7];
        byte[] file = TorchFile.Zip(("a", inner), ("b", [7]));
        int start = file.AsSpan().IndexOf(inner);
        return TorchFile.Patched(file, "PK\u0001\u0002"u8, 42, (byte)start, 0, 0, 0);
    }
}
