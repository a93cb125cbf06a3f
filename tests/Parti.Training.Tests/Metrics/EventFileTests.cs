using System.Buffers.Binary;
using Microsoft.Extensions.Time.Testing;
using Parti.Native;
using Parti.Training.Metrics;
using Tensorboard;

namespace Parti.Training.Tests.Metrics;

public sealed class EventFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-events-").FullName;
    readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));

    public EventFileTests() => TorchRuntime.Start(new TorchOptions { Threads = 1 });

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void MaskedCrc_CheckValueOfTheStandard_IsAsPublished() => Assert.Equal(0xE3069283u, Crc32C("123456789"u8));

    [Fact]
    public void Add_SomeValues_AreRecordsThatTensorBoardReads()
    {
        EventFile events = new(Path.Combine(_folder, "run"), _time);
        events.Add("loss", 0, 4.5);
        events.Add("steps_per_second", 50, 7.25);
        _time.Advance(TimeSpan.FromMinutes(1));
        events.Add("loss", 100, 1e-3);
        Event[] read = [.. Records(File.ReadAllBytes(Assert.Single(Directory.GetFiles(Path.Combine(_folder, "run"))))).Select(Event.Parser.ParseFrom)];

        Assert.Equal("brain.Event:2", read[0].FileVersion);
        Assert.Equal(
            [("loss", 0L, 4.5f, 1_800_000_000.0), ("steps_per_second", 50, 7.25f, 1_800_000_000), ("loss", 100, 1e-3f, 1_800_000_060)],
            read[1..].Select(item => (item.Summary.Value.Single().Tag, item.Step, item.Summary.Value.Single().SimpleValue, item.WallTime)));
        Assert.StartsWith("events.out.tfevents.", Path.GetFileName(Directory.GetFiles(Path.Combine(_folder, "run"))[0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Add_StepAboveTheFormatsRange_SaysSo() =>
        Assert.Throws<OverflowException>(() => new EventFile(_folder, _time).Add("loss", 1L << 31, 1));

    // A record: length (8 bytes), its masked CRC, data, the data's masked CRC; all little-endian.
    static IEnumerable<byte[]> Records(byte[] file)
    {
        for (int at = 0; at < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at)));
            Assert.Equal(Masked(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            Assert.Equal(Masked(file.AsSpan(at + 12, length)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            yield return file[(at + 12)..(at + 12 + length)];
            at += length + 16;
        }
    }

    static uint Masked(ReadOnlySpan<byte> data) => uint.RotateRight(Crc32C(data), 15) + 0xA282EAD8;

    static uint Crc32C(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? 0x82F63B78 ^ (crc >> 1) : crc >> 1;
            }
        }
        return ~crc;
    }
}
