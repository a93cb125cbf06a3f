using System.Buffers.Binary;
using System.Text;
using Parti.Models.Checkpoints;

namespace Parti.Benchmarks.Published;

/// <summary>The pickle of a state dictionary as torch writes it (protocol 2), with what trainers leave beside one.</summary>
sealed class StatePickle
{
    readonly List<byte> _bytes = [];

    /// <summary>Writes the pickle.</summary>
    /// <param name="tensors">Tensor i lies in storage i.</param>
    /// <param name="wrapper">Key of the dictionary among a step count and an <c>argparse.Namespace</c>; null for the dictionary alone.</param>
    public static byte[] Of(IReadOnlyList<PublishedTensor> tensors, string? wrapper)
    {
        StatePickle pickle = new();
        pickle.Raw(0x80, 2);
        if (wrapper is null)
        {
            pickle.Dictionary(tensors);
        }
        else
        {
            pickle.Code("}(").Text(wrapper).Dictionary(tensors).Text("steps").Number(300_000)
                .Text("args").Global("argparse", "Namespace").Code(")").Raw(0x81).Code("}").Text("lr").Number(1).Code("sb").Code("u");
        }
        return pickle.Code(".")._bytes.ToArray();
    }

    StatePickle Dictionary(IReadOnlyList<PublishedTensor> tensors)
    {
        Global("collections", "OrderedDict").Code(")R(");
        for (int i = 0; i < tensors.Count; i++)
        {
            Text(tensors[i].Name).Tensor($"{i}", tensors[i]);
        }
        return Code("u");
    }

    void Tensor(string key, PublishedTensor tensor)
    {
        string storage = tensor.Type switch
        {
            TensorDataType.F16 => "HalfStorage",
            TensorDataType.BF16 => "BFloat16Storage",
            _ => "FloatStorage",
        };
        Global("torch._utils", "_rebuild_tensor_v2").Code("((").Text("storage").Global("torch", storage).Text(key).Text("cpu").Number(tensor.Elements).Code("tQ")
            .Number(0).Numbers(tensor.Shape).Numbers(Strides(tensor.Shape)).Raw(0x89).Global("collections", "OrderedDict").Code(")RtR");
    }

    static long[] Strides(long[] shape)
    {
        long[] strides = new long[shape.Length];
        long next = 1;
        for (int i = shape.Length - 1; i >= 0; next *= shape[i--])
        {
            strides[i] = next;
        }
        return strides;
    }

    StatePickle Numbers(long[] values)
    {
        Code("(");
        foreach (long value in values)
        {
            Number(value);
        }
        return Code("t");
    }

    StatePickle Number(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return value <= int.MaxValue ? Code("J").Raw(bytes[..4]) : Raw(0x8a, 8).Raw(bytes);
    }

    StatePickle Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Code("X").Raw(length).Raw(bytes);
    }

    StatePickle Global(string module, string name) => Code($"c{module}\n{name}\n");

    StatePickle Code(string ascii) => Raw(Encoding.ASCII.GetBytes(ascii));

    StatePickle Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }
}
