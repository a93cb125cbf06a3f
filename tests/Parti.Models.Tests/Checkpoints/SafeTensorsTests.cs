using Parti.Models.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Tests.Checkpoints;

public sealed class SafeTensorsTests : IDisposable
{
    static readonly string Reference = Path.Combine(AppContext.BaseDirectory, "Checkpoints", "Data", "reference.safetensors");

    readonly TemporaryDirectory directory = new();
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        directory.Dispose();
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Write_EachType_ReadsBackEqual(ScalarType type)
    {
        Tensor value = arange(-6, 6, dtype: ScalarType.Float32).abs().mul(0.37f).reshape(3, 4).to(type);
        SafeTensorsWriter.Write(directory["a.safetensors"], Named(("x", value), ("scalar", value[0, 1]), ("empty", value.narrow(0, 0, 0))));
        using SafeTensorsReader reader = SafeTensorsReader.Open(directory["a.safetensors"]);
        Tensor back = reader.ReadTensor("x", type);
        Assert.Equal(type, back.dtype);
        Assert.Equal([3, 4], back.shape);
        Assert.True(Same(back, value));
        Assert.Equal([], reader.ReadTensor("scalar", type).shape);
        Assert.True(Same(reader.ReadTensor("scalar", type), value[0, 1]));
        Assert.Equal([0, 4], reader.ReadTensor("empty", type).shape);
        Assert.Equal(["empty", "scalar", "x"], reader.Names);
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void ReadTensor_HalfPrecision_BecomesFloat32(ScalarType type)
    {
        Tensor value = randn(50, 3).to(type);
        SafeTensorsWriter.Write(directory["a.safetensors"], Named(("x", value)));
        using SafeTensorsReader reader = SafeTensorsReader.Open(directory["a.safetensors"]);
        Tensor back = reader.ReadTensor("x");
        Assert.Equal(ScalarType.Float32, back.dtype);
        Assert.True(Same(back, value.to(ScalarType.Float32)));
    }

    [Theory]
    [InlineData(TensorDataType.F64)]
    [InlineData(TensorDataType.F32)]
    [InlineData(TensorDataType.F16)]
    [InlineData(TensorDataType.BF16)]
    public void ReadFloats_EachFloatType_EqualsTensor(TensorDataType type)
    {
        Tensor value = randn(123, 45);
        SafeTensorsWriter.Write(directory["a.safetensors"], Named(("x", value)), type);
        using SafeTensorsReader reader = SafeTensorsReader.Open(directory["a.safetensors"]);
        float[] floats = new float[123 * 45];
        reader.ReadFloats("x", floats);
        Assert.Equal(value.to(type.ToScalarType()).to(ScalarType.Float32).data<float>().ToArray(), floats);
    }

    [Fact]
    public void Write_TensorLargerThanABlock_ReadsBackEqual()
    {
        Tensor value = arange(2_500_001, dtype: ScalarType.Float32);
        SafeTensorsWriter.Write(directory["a"], Named(("x", value), ("y", value.to(ScalarType.Int64))));
        using SafeTensorsReader reader = SafeTensorsReader.Open(directory["a"]);
        Assert.True(Same(reader.ReadTensor("x"), value));
        Assert.True(Same(reader.ReadTensor("y"), value.to(ScalarType.Int64)));
    }

    [Fact]
    public void Open_FileOfAnotherImplementation_HasItsNumbers()
    {
        using SafeTensorsReader reader = SafeTensorsReader.Open(Reference);
        Assert.Equal(12, reader.Names.Count);
        TensorInfo mask = reader.Info("text.mask");
        Assert.Equal((TensorDataType.BOOL, "[3, 9]", 27L), (mask.Type, mask.ShapeText, mask.Bytes));
        Assert.Equal(21, reader.ReadTensor("text.mask").sum().item<long>());
        // Its 64-bit tokens begin at an odd byte.
        Tensor tokens = reader.ReadTensor("image.tokens");
        Assert.Equal((33L, 45L, 50L, 2107L), (tokens[0, 0].item<long>(), tokens[0, 1].item<long>(), tokens[2, 14].item<long>(), tokens.sum().item<long>()));
        Tensor logits = reader.ReadTensor("logits.cfg3");
        Assert.Equal([3, 16, 80], logits.shape);
        Assert.Equal(-2.0325565338134766f, logits[0, 0, 0].item<float>());
        Assert.Equal(11.988504409790039f, logits[2, 15, 79].item<float>());
        Assert.Equal(1382.6057603359222, logits.to(ScalarType.Float64).sum().item<double>(), 6);
        Assert.True(float.IsNegativeInfinity(reader.ReadTensor("sampling.topk_thres0.9")[0, 0].item<float>()));
    }

    [Fact]
    public void Write_SameTensorsInAnyOrder_GivesTheSameAlignedBytes()
    {
        Tensor a = randn(3), b = arange(5, dtype: ScalarType.Int64), c = ones(7, dtype: ScalarType.Byte), d = randn(5).to(ScalarType.Float16);
        Dictionary<string, string> metadata = new() { ["z"] = "1", ["format"] = "parti" };
        SafeTensorsWriter.Write(directory["1"], Named(("a", a), ("b", b), ("c", c), ("d", d)), metadata: metadata);
        SafeTensorsWriter.Write(directory["2"], Named(("d", d), ("c", c), ("b", b), ("a", a)), metadata: metadata.Reverse().ToDictionary());
        Assert.Equal(File.ReadAllBytes(directory["1"]), File.ReadAllBytes(directory["2"]));
        using SafeTensorsReader reader = SafeTensorsReader.Open(directory["1"]);
        Assert.Equal("parti", reader.Metadata["format"]);
        Assert.All(reader.Names, name => Assert.Equal(0, reader.Info(name).Offset % reader.Info(name).Type.Size()));
        Assert.Equal(["1", "2"], Directory.GetFiles(directory.Path).Select(f => Path.GetFileName(f)).Order());
    }

    [Theory]
    [InlineData(float.NaN, TensorDataType.F32)]
    [InlineData(70_000f, TensorDataType.F16)]
    public void Write_ValueThatDoesNotFit_KeepsTheOldFile(float value, TensorDataType type)
    {
        File.WriteAllText(directory["a"], "old");
        CheckpointException error = Assert.Throws<CheckpointException>(() =>
            SafeTensorsWriter.Write(directory["a"], Named(("good", ones(3)), ("layer.bad", tensor([1f, value]))), type));
        Assert.Contains("layer.bad", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(directory["a"]));
        Assert.Single(Directory.GetFiles(directory.Path));
    }

    [Fact]
    public void Open_Shards_ReadsAllOfThem()
    {
        WriteShards();
        using SafeTensorsReader reader = SafeTensorsReader.Open(directory["model.safetensors.index.json"]);
        Assert.Equal(["a", "b", "c"], reader.Names);
        Assert.Equal(2, reader.Files.Count);
        Assert.Equal(3, reader.ReadTensor("b")[0].item<float>());
    }

    [Theory]
    [InlineData("\"c\":\"s2.safetensors\"", "\"c\":\"s1.safetensors\"", "\"c\"")]
    [InlineData(",\"b\":\"s1.safetensors\"", "", "\"b\"")]
    [InlineData("\"a\":", "\"a\":\"s1.safetensors\",\"gone\":", "\"gone\"")]
    [InlineData("\"a\":\"s1.safetensors\"", "\"a\":\"../s1.safetensors\"", "\"a\"")]
    [InlineData("\"a\":\"s1.safetensors\"", "\"a\":7", "\"a\"")]
    [InlineData("s2.safetensors", "s3.safetensors", "cannot be read")]
    [InlineData("weight_map", "weights", "weight_map")]
    [InlineData("{", "[", "not a valid index")]
    public void Open_IndexThatDoesNotFit_IsRefused(string from, string to, string named)
    {
        WriteShards();
        string index = directory["model.safetensors.index.json"];
        string text = File.ReadAllText(index);
        File.WriteAllText(index, text.Replace(from, to, StringComparison.Ordinal));
        CheckpointException error = Assert.Throws<CheckpointException>(() => SafeTensorsReader.Open(index));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadTensor_WrongNameTypeOrLength_NamesTheTensor()
    {
        SafeTensorsWriter.Write(directory["a"], Named(("ids", arange(4, dtype: ScalarType.Int64)), ("w", ones(4))));
        using SafeTensorsReader reader = SafeTensorsReader.Open(directory["a"]);
        Assert.Contains("\"gone\"", Assert.Throws<CheckpointException>(() => reader.ReadTensor("gone")).Message, StringComparison.Ordinal);
        Assert.Contains("\"ids\"", Assert.Throws<CheckpointException>(() => reader.ReadTensor("ids", ScalarType.Float32)).Message, StringComparison.Ordinal);
        Assert.Contains("\"w\"", Assert.Throws<CheckpointException>(() => reader.ReadTensor("w", ScalarType.Int64)).Message, StringComparison.Ordinal);
        Assert.Contains("\"ids\"", Assert.Throws<CheckpointException>(() => reader.ReadFloats("ids", new float[4])).Message, StringComparison.Ordinal);
        Assert.Contains("\"w\"", Assert.Throws<CheckpointException>(() => reader.ReadFloats("w", new float[3])).Message, StringComparison.Ordinal);
    }

    void WriteShards()
    {
        SafeTensorsWriter.Write(directory["s1.safetensors"], Named(("a", ones(2)), ("b", full(2, 3f))));
        SafeTensorsWriter.Write(directory["s2.safetensors"], Named(("c", zeros(2))));
        File.WriteAllText(directory["model.safetensors.index.json"],
            """{"metadata":{"total_size":24},"weight_map":{"a":"s1.safetensors","b":"s1.safetensors","c":"s2.safetensors"}}""");
    }

    static bool Same(Tensor x, Tensor y) => x.eq(y).all().item<bool>();

    static Dictionary<string, Tensor> Named(params (string Name, Tensor Tensor)[] tensors) => tensors.ToDictionary(t => t.Name, t => t.Tensor);
}
