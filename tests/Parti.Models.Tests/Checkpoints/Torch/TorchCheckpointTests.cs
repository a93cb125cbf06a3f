using System.Runtime.InteropServices;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Tests.Families;
using TorchSharp;

namespace Parti.Models.Tests.Checkpoints.Torch;

public sealed class TorchCheckpointTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_TransposedView_IsPutInOrder()
    {
        using ImportSource source = Open(TorchFile.OneTensor(6, 0, [3, 2], [1, 3], Floats(0, 1, 2, 3, 4, 5)));

        Assert.Equal([0, 3, 1, 4, 2, 5], Values(source, "w"));
    }

    [Fact]
    public void Read_ViewsOfOneStorage_MayOverlap()
    {
        byte[] pickle = new PickleWriter().Op('}')
            .Text("a").Tensor("0", "FloatStorage", 4, 0, [3], [1]).Op('s')
            .Text("b").Tensor("0", "FloatStorage", 4, 1, [3], [1]).Op('s').Stop();

        using ImportSource source = Open(TorchFile.Of(pickle, ("0", Floats(1, 2, 3, 4))));

        Assert.Equal([1, 2, 3], Values(source, "a"));
        Assert.Equal([2, 3, 4], Values(source, "b"));
    }

    [Theory]
    [InlineData("HalfStorage", TensorDataType.F16, new byte[] { 0x00, 0x3c }, 1)]
    [InlineData("BFloat16Storage", TensorDataType.BF16, new byte[] { 0x80, 0x3f }, 1)]
    [InlineData("LongStorage", TensorDataType.I64, new byte[] { 7, 0, 0, 0, 0, 0, 0, 0 }, 7)]
    [InlineData("BoolStorage", TensorDataType.BOOL, new byte[] { 1 }, 1)]
    public void Read_Type_IsKept(string storage, TensorDataType type, byte[] bytes, double value)
    {
        using ImportSource source = Open(TorchFile.OneTensor(1, 0, [], [], bytes, type: storage));
        SourceTensor tensor = source.Checkpoints[0].Tensors["w"];
        using torch.Tensor read = tensor.ToTensor(torch.ScalarType.Float64);

        Assert.Equal(type, tensor.Type);
        Assert.Empty(tensor.Shape);
        Assert.Equal(value, read.item<double>());
    }

    [Theory]
    [InlineData("model")]
    [InlineData("module")]
    [InlineData("state_dict")]
    public void Open_WrapperAndOtherValues_FindsTheWeights(string wrapper)
    {
        byte[] pickle = new PickleWriter().Op('}')
            .Text("args").Global("argparse", "Namespace").Op(')').Raw(0x81).Op('}').Text("lr").Number(3).Op('s').Op('b').Op('s')
            .Text(wrapper).Global("collections", "OrderedDict").Op(')').Op('R').Text("w").Tensor("0", "FloatStorage", 2, 0, [2], [1]).Op('s').Op('s')
            .Text("callbacks").Op('}').Global("lightning.callbacks", "Checkpoint").Number(1).Op('s').Op('s')
            .Text("steps").Number(12).Op('s').Stop();

        using ImportSource source = Open(TorchFile.Of(pickle, ("0", Floats(5, 6))));

        Assert.Equal(["w"], source.Checkpoints[0].Tensors.Keys);
        Assert.Equal([5, 6], Values(source, "w"));
    }

    [Fact]
    public void Open_RealCheckpoint_HasItsTensors()
    {
        using ImportSource source = ImportSource.Open(Path.Combine(FixtureFolder.Of("llamagen/vq8"), "vq_ds8_tiny.pt"));

        SourceCheckpoint checkpoint = Assert.Single(source.Checkpoints);
        Assert.Equal([65536], checkpoint.Tensors["quantize.codebook_used"].Shape);
        Assert.Equal([48, 4], checkpoint.Tensors["quantize.embedding.weight"].Shape);
    }

    [Fact]
    public void Rows_OfATensor_AreItsRows()
    {
        using ImportSource source = Open(TorchFile.OneTensor(6, 0, [3, 2], [2, 1], Floats(0, 1, 2, 3, 4, 5)));
        using torch.Tensor rows = source.Checkpoints[0].Tensors["w"].Rows(1, 2).ToTensor();

        Assert.Equal([2, 2], rows.shape);
        Assert.Equal([2, 3, 4, 5], rows.data<float>().ToArray());
    }

    private ImportSource Open(byte[] file)
    {
        string path = Path.Combine(_folder.Path, "model.pt");
        File.WriteAllBytes(path, file);
        return ImportSource.Open(path);
    }

    private static float[] Values(ImportSource source, string name)
    {
        using torch.Tensor tensor = source.Checkpoints[0].Tensors[name].ToTensor();
        return tensor.data<float>().ToArray();
    }

    private static byte[] Floats(params float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
