using System.Buffers.Binary;
using System.Text;

namespace Parti.Models.Tests.Checkpoints.Torch;

/// <summary>Writes pickles opcode by opcode, well-formed or not.</summary>
sealed class PickleWriter
{
    private readonly List<byte> _bytes = [];

    internal PickleWriter() => Raw(0x80, 2);

    internal PickleWriter Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    internal PickleWriter Op(char code) => Raw((byte)code);

    internal PickleWriter Times(int count, params byte[] bytes)
    {
        for (int i = 0; i < count; i++)
        {
            _bytes.AddRange(bytes);
        }

        return this;
    }

    internal PickleWriter Global(string module, string name) => Raw(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    internal PickleWriter Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text), length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Op('X').Raw(length).Raw(bytes);
    }

    internal PickleWriter Number(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(0x8a, 8).Raw(bytes);
    }

    internal PickleWriter Numbers(params long[] values)
    {
        Op('(');
        foreach (long value in values)
        {
            Number(value);
        }

        return Op('t');
    }

    /// <summary>A call of torch's that makes a tensor over a storage.</summary>
    internal PickleWriter Tensor(string key, string type, long stored, long offset, long[] shape, long[] strides) =>
        Global("torch._utils", "_rebuild_tensor_v2").Op('(')
            .Op('(').Text("storage").Global("torch", type).Text(key).Text("cpu").Number(stored).Op('t').Op('Q')
            .Number(offset).Numbers(shape).Numbers(strides).Raw(0x89).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');

    internal byte[] Stop() => Op('.')._bytes.ToArray();
}
