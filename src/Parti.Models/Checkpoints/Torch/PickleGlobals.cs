namespace Parti.Models.Checkpoints.Torch;

/// <summary>
/// Which names a checkpoint may mention. Nothing is ever called, so this list protects people, not the program: a file that names one of
/// these means harm wherever it is opened with Python.
/// </summary>
internal static class PickleGlobals
{
    private static readonly HashSet<string> HarmfulModules = new(StringComparer.Ordinal)
    {
        "os", "posix", "nt", "posixpath", "ntpath", "sys", "subprocess", "_posixsubprocess", "importlib", "imp", "runpy", "socket", "ssl", "shutil", "ctypes",
        "pty", "commands", "popen2", "types", "marshal", "pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "webbrowser", "operator", "_operator",
        "functools", "itertools", "code", "codeop", "bdb", "pdb", "timeit", "trace", "cProfile", "profile", "pip", "tempfile", "asyncio", "multiprocessing", "threading",
        "signal", "http", "urllib", "urllib2", "requests", "ftplib", "smtplib", "telnetlib", "xmlrpc", "inspect", "ast", "gc", "atexit", "zipimport", "distutils",
        "setuptools", "site", "io", "_io", "pkgutil", "linecache", "lib2to3", "idlelib", "ensurepip", "venv", "doctest", "unittest", "test", "sqlite3", "winreg", "_winreg",
        "nturl2path", "glob", "fileinput", "resource", "mmap", "weakref", "uuid", "logging", "concurrent",
    };

    private static readonly HashSet<string> HarmlessBuiltins = new(StringComparer.Ordinal)
    {
        "set", "frozenset", "list", "dict", "tuple", "int", "float", "bool", "str", "bytes", "bytearray", "complex", "slice", "range", "object", "long", "unicode", "NoneType",
    };

    private static readonly HashSet<string> HarmfulTorch = new(StringComparer.Ordinal)
    {
        "torch.hub", "torch.utils.cpp_extension", "torch.package", "torch.jit", "torch._dynamo", "torch._inductor", "torch.distributed.rpc", "torch.utils.model_zoo",
    };

    /// <summary>Refuses names that only a harmful file mentions.</summary>
    /// <exception cref="PickleException">The name is one of them.</exception>
    internal static PickleGlobal Admit(string module, string name)
    {
        PickleGlobal global = new(module, name);
        string root = module.Split('.')[0];
        bool isHarmful = root is "builtins" or "__builtin__" or "__builtins__"
            ? module != root || !HarmlessBuiltins.Contains(name)
            : HarmfulModules.Contains(root) || HarmfulTorch.Any(torch => module == torch || module.StartsWith(torch + ".", StringComparison.Ordinal))
                || (module == "torch" && name is "load" or "compile") || root is "copyreg" or "copy_reg";
        return isHarmful && !IsReconstructor(global)
            ? throw new PickleException($"it names {global}, which no checkpoint needs; nothing of it was run. Take the checkpoint from a source you trust, as safetensors if there is one")
            : global;
    }

    // Old pickles of plain objects name this one.
    private static bool IsReconstructor(PickleGlobal global) => global is { Module: "copyreg" or "copy_reg", Name: "_reconstructor" };

    /// <summary>The element type that a storage class stands for.</summary>
    /// <returns>False where the global is no storage class.</returns>
    internal static bool IsStorage(PickleGlobal global, out TensorDataType? type)
    {
        type = global is { Module: "torch" or "torch.cuda" } ? StorageType(global.Name) : null;
        return type is not null || global is { Module: "torch.storage", Name: "UntypedStorage" } or { Module: "torch", Name: "UntypedStorage" };
    }

    /// <summary>The element type of a name such as <c>torch.float32</c>; null where it is none.</summary>
    internal static TensorDataType? ElementType(PickleGlobal global) => global.Module != "torch" ? null : global.Name switch
    {
        "float32" or "float" => TensorDataType.F32,
        "float64" or "double" => TensorDataType.F64,
        "float16" or "half" => TensorDataType.F16,
        "bfloat16" => TensorDataType.BF16,
        "int64" or "long" => TensorDataType.I64,
        "int32" or "int" => TensorDataType.I32,
        "int16" or "short" => TensorDataType.I16,
        "int8" => TensorDataType.I8,
        "uint8" => TensorDataType.U8,
        "bool" => TensorDataType.BOOL,
        _ => null,
    };

    private static TensorDataType? StorageType(string name) => name switch
    {
        "FloatStorage" => TensorDataType.F32,
        "DoubleStorage" => TensorDataType.F64,
        "HalfStorage" => TensorDataType.F16,
        "BFloat16Storage" => TensorDataType.BF16,
        "LongStorage" => TensorDataType.I64,
        "IntStorage" => TensorDataType.I32,
        "ShortStorage" => TensorDataType.I16,
        "CharStorage" => TensorDataType.I8,
        "ByteStorage" => TensorDataType.U8,
        "BoolStorage" => TensorDataType.BOOL,
        _ => null,
    };
}
