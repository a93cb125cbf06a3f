using System.Buffers.Binary;
using System.Text;
using Parti.Models.Checkpoints;

namespace Parti.Models.Tests.Checkpoints;

public sealed class SafeTensorsHostileTests : IDisposable
{
    const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""";

    readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Open_GoodHeader_IsRead()
    {
        using SafeTensorsReader reader = Open(Good, 12);
        Assert.Equal(["a", "b"], reader.Names);
    }

    [Theory]
    [InlineData("[8,12]", "[8,13]", "\"b\"")]
    [InlineData("[8,12]", "[4,8]", "\"b\"")]
    [InlineData("[8,12]", "[12,16]", "\"b\"")]
    [InlineData("[8,12]", "[-4,0]", "\"b\"")]
    [InlineData("[8,12]", "[12,8]", "\"b\"")]
    [InlineData("[8,12]", "[8]", "\"b\"")]
    [InlineData("[8,12]", "[8,12,16]", "\"b\"")]
    [InlineData("[8,12]", "[8,1e1]", "\"b\"")]
    [InlineData("[8,12]", "[8,99999999999999999999]", "\"b\"")]
    [InlineData("[8,12]", "[9223372036854775800,9223372036854775804]", "\"b\"")]
    [InlineData("[8,12]", "{}", "\"b\"")]
    [InlineData("\"shape\":[1]", "\"shape\":[2]", "\"b\"")]
    [InlineData("\"shape\":[1]", "\"shape\":[-1]", "\"b\"")]
    [InlineData("\"shape\":[1]", "\"shape\":[4611686018427387905,4]", "\"b\"")]
    [InlineData("\"shape\":[1]", "\"shape\":[9223372036854775807,9223372036854775807,9223372036854775807,0]", "\"b\"")]
    [InlineData("\"shape\":[1]", "\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "\"b\"")]
    [InlineData("\"shape\":[1],", "", "\"b\"")]
    [InlineData("\"shape\":[1]", "\"shape\":[1],\"shape\":[1]", "\"b\"")]
    [InlineData("\"shape\":[1]", "\"shape\":[1],\"stride\":[1]", "\"b\"")]
    [InlineData("\"b\":{\"dtype\":\"F32\"", "\"b\":{\"dtype\":\"F8_E4M3\"", "\"b\"")]
    [InlineData("\"b\":{\"dtype\":\"F32\"", "\"b\":{\"dtype\":\"f32\"", "\"b\"")]
    [InlineData("\"b\":{\"dtype\":\"F32\"", "\"b\":{\"dtype\":\"1\"", "\"b\"")]
    [InlineData("\"b\":{\"dtype\":\"F32\"", "\"b\":{\"dtype\":\"F16\"", "\"b\"")]
    [InlineData("\"b\":{\"dtype\":\"F32\"", "\"b\":{\"dtype\":null", "\"b\"")]
    [InlineData("\"b\":", "\"a\":", "\"a\"")]
    [InlineData("\"b\":", "\"\":", "name")]
    [InlineData("\"b\":", "\"b\\n\":", "name")]
    [InlineData("\"b\":", "\"b\":7,\"c\":", "\"b\"")]
    [InlineData("{\"a\"", "{\"__metadata__\":{\"k\":1},\"a\"", "__metadata__")]
    [InlineData("{\"a\"", "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"},\"a\"", "__metadata__")]
    [InlineData("{\"a\"", "[{\"a\"", "JSON object")]
    [InlineData("}}", "}", "JSON")]
    [InlineData("}}", "}}{}", "JSON")]
    [InlineData("\"a\"", "\"\\uD800\"", "JSON")]
    public void Open_HostileHeader_IsRefusedByName(string from, string to, string named)
    {
        Assert.Contains(from, Good, StringComparison.Ordinal);
        int at = Good.LastIndexOf(from, StringComparison.Ordinal);
        CheckpointException error = Assert.Throws<CheckpointException>(() => Open(Good[..at] + to + Good[(at + from.Length)..], 12));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("x.safetensors", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(11, "\"b\"")]
    [InlineData(0, "\"a\"")]
    [InlineData(13, "1 bytes follow")]
    public void Open_DataOfAnotherLength_IsRefused(int bytes, string named)
    {
        CheckpointException error = Assert.Throws<CheckpointException>(() => Open(Good, bytes));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(113)]
    [InlineData(100_000_001)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public void Open_HeaderLengthThatIsWrong_IsRefusedWithoutAllocating(long length)
    {
        string path = directory["x.safetensors"];
        byte[] file = new byte[8 + Good.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, length);
        Encoding.UTF8.GetBytes(Good, file.AsSpan(8));
        File.WriteAllBytes(path, file);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<CheckpointException>(() => SafeTensorsReader.Open(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Open_NotUtf8_IsRefused()
    {
        byte[] header = Encoding.Latin1.GetBytes(Good.Replace("\"b\"", "\"\u00FF\u00FE\"", StringComparison.Ordinal));
        Assert.Throws<CheckpointException>(() => Open(header, 12));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_DamagedAtRandom_GivesCheckpointExceptionOrAValidFile(bool truncate)
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        byte[] whole = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Checkpoints", "Data", "reference.safetensors"));
        string path = directory["x.safetensors"];
        int refused = 0;
        for (int round = 0; round < 200; round++)
        {
            byte[] damaged = truncate ? whole[..random.Next(whole.Length)] : [.. whole];
            for (int k = 0; !truncate && k < 3; k++)
            {
                damaged[random.Next(968)] = (byte)random.Next(256);
            }
            File.WriteAllBytes(path, damaged);
            try
            {
                using SafeTensorsReader reader = SafeTensorsReader.Open(path);
                foreach (string name in reader.Names)
                {
                    reader.ReadTensor(name).Dispose();
                }
            }
            catch (CheckpointException)
            {
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}, round {round}: {error}");
            }
        }
        Assert.True(refused >= (truncate ? 200 : 100), $"seed {seed}: only {refused} of 200 damaged files were refused");
    }

    [Fact]
    public void Open_MissingFile_IsRefused()
    {
        Assert.Throws<CheckpointException>(() => SafeTensorsReader.Open(directory["gone.safetensors"]));
    }

    SafeTensorsReader Open(string header, int dataBytes) => Open(Encoding.UTF8.GetBytes(header), dataBytes);

    SafeTensorsReader Open(byte[] header, int dataBytes)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        string path = directory["x.safetensors"];
        File.WriteAllBytes(path, [.. length, .. header, .. new byte[dataBytes]]);
        return SafeTensorsReader.Open(path);
    }
}
