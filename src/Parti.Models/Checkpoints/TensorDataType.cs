using TorchSharp;

namespace Parti.Models.Checkpoints;

/// <summary>Element types of a safetensors file; the names are those of the format.</summary>
public enum TensorDataType
{
    /// <summary>64-bit float.</summary>
    F64,

    /// <summary>32-bit float.</summary>
    F32,

    /// <summary>16-bit float, 5 exponent bits.</summary>
    F16,

    /// <summary>16-bit float, 8 exponent bits.</summary>
    BF16,

    /// <summary>64-bit integer.</summary>
    I64,

    /// <summary>32-bit integer.</summary>
    I32,

    /// <summary>16-bit integer.</summary>
    I16,

    /// <summary>8-bit integer.</summary>
    I8,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    BOOL,
}

/// <summary>Facts about element types.</summary>
public static class TensorDataTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this TensorDataType type) => type switch
    {
        TensorDataType.F64 or TensorDataType.I64 => 8,
        TensorDataType.F32 or TensorDataType.I32 => 4,
        TensorDataType.F16 or TensorDataType.BF16 or TensorDataType.I16 => 2,
        _ => 1,
    };

    /// <summary>Whether the type is a float of any width.</summary>
    public static bool IsFloat(this TensorDataType type) =>
        type is TensorDataType.F64 or TensorDataType.F32 or TensorDataType.F16 or TensorDataType.BF16;

    /// <summary>The same type in TorchSharp.</summary>
    public static torch.ScalarType ToScalarType(this TensorDataType type) => type switch
    {
        TensorDataType.F64 => torch.ScalarType.Float64,
        TensorDataType.F32 => torch.ScalarType.Float32,
        TensorDataType.F16 => torch.ScalarType.Float16,
        TensorDataType.BF16 => torch.ScalarType.BFloat16,
        TensorDataType.I64 => torch.ScalarType.Int64,
        TensorDataType.I32 => torch.ScalarType.Int32,
        TensorDataType.I16 => torch.ScalarType.Int16,
        TensorDataType.I8 => torch.ScalarType.Int8,
        TensorDataType.U8 => torch.ScalarType.Byte,
        _ => torch.ScalarType.Bool,
    };

    /// <summary>The type of a TorchSharp tensor, or null if the format has none (complex and quantised types).</summary>
    public static TensorDataType? FromScalarType(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Float64 => TensorDataType.F64,
        torch.ScalarType.Float32 => TensorDataType.F32,
        torch.ScalarType.Float16 => TensorDataType.F16,
        torch.ScalarType.BFloat16 => TensorDataType.BF16,
        torch.ScalarType.Int64 => TensorDataType.I64,
        torch.ScalarType.Int32 => TensorDataType.I32,
        torch.ScalarType.Int16 => TensorDataType.I16,
        torch.ScalarType.Int8 => TensorDataType.I8,
        torch.ScalarType.Byte => TensorDataType.U8,
        torch.ScalarType.Bool => TensorDataType.BOOL,
        _ => null,
    };
}
