namespace Parti.Models.Checkpoints.Torch;

/// <summary>The few calls a pickle may make: those that put tensors together. Everything else becomes a <see cref="PickleOpaque"/>.</summary>
internal static class PickleTensors
{
    private const int RankLimit = 16;

    /// <summary>The value of a call.</summary>
    /// <param name="function">What is called.</param>
    /// <param name="arguments">Its arguments.</param>
    internal static object? Call(PickleGlobal function, object?[] arguments) => (function.Module, function.Name) switch
    {
        ("collections", "OrderedDict") or ("collections", "defaultdict") => Dictionary(arguments),
        ("torch._utils", "_rebuild_tensor_v2") or ("torch._utils", "_rebuild_tensor") => Tensor(arguments, null),
        ("torch._utils", "_rebuild_tensor_v3") => Tensor(arguments, arguments.Length > 6 && arguments[6] is PickleGlobal type ? PickleGlobals.ElementType(type) : null),
        ("torch._utils", "_rebuild_parameter") or ("torch._utils", "_rebuild_parameter_with_state") => arguments.Length > 0 ? arguments[0] : null,
        ("torch", "Size") => arguments.Length == 1 && arguments[0] is PickleTuple size ? size : new PickleTuple([]),
        _ => new PickleOpaque(function),
    };

    /// <summary>The storage that a persistent id names.</summary>
    /// <exception cref="PickleException">The id is none of torch's.</exception>
    internal static PickleStorage Storage(object? id)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal type, string key, _, long elements, ..] } || !PickleGlobals.IsStorage(type, out TensorDataType? element))
        {
            throw new PickleException("a persistent id is no storage of a known type");
        }

        return key.Length is > 0 and <= 64 && key.All(char.IsAsciiLetterOrDigit) && elements >= 0
            ? new(key, element, elements)
            : throw new PickleException($"storage \"{PickleText.Shown(key)}\" of {elements} elements has no plain name or a negative size");
    }

    private static PickleDict Dictionary(object?[] arguments)
    {
        PickleDict dictionary = new();
        IEnumerable<object?> pairs = arguments.LastOrDefault() switch
        {
            PickleList list => list.Items,
            PickleTuple tuple => tuple.Items,
            _ => [],
        };
        foreach (object? pair in pairs)
        {
            (object? key, object? value) = pair switch
            {
                PickleTuple { Items: [var k, var v] } => (k, v),
                PickleList { Items: [var k, var v] } => (k, v),
                _ => (null, null),
            };
            dictionary.Set(key, value);
        }

        return dictionary;
    }

    private static PickleTensor Tensor(object?[] arguments, TensorDataType? given)
    {
        if (arguments is not [PickleStorage storage, long offset, PickleTuple sizes, PickleTuple strides, ..] || (given ?? storage.Type) is not { } type)
        {
            throw new PickleException("a tensor is not made of a storage, an offset, sizes and strides");
        }

        if (sizes.Items.Length > RankLimit || strides.Items.Length != sizes.Items.Length)
        {
            throw new PickleException($"a tensor over storage {storage.Key} has {sizes.Items.Length} dimensions and {strides.Items.Length} strides, allowed are {RankLimit} and one stride for each");
        }

        (long[] shape, long[] steps) = (Numbers(sizes), Numbers(strides));
        string shown = $"a tensor over storage {storage.Key} at {offset} of shape [{string.Join(", ", shape)}] and strides [{string.Join(", ", steps)}]";
        if (offset < 0 || shape.Any(size => size < 0) || steps.Any(step => step < 0))
        {
            throw new PickleException($"{shown} has a negative number");
        }

        RequireInside(shown, storage, storage.Type is null ? storage.Elements / type.Size() : storage.Elements, offset, shape, steps);
        return new(storage, type, offset, shape, steps);
    }

    // An expanded tensor could have any number of elements; weights never have more than what is stored.
    private static void RequireInside(string shown, PickleStorage storage, long stored, long offset, long[] shape, long[] steps)
    {
        Int128 elements = 1, last = offset;
        for (int i = 0; i < shape.Length; i++)
        {
            elements *= shape[i];
            last += (Int128)Math.Max(shape[i] - 1, 0) * steps[i];
            if (elements > stored || last > long.MaxValue)
            {
                throw new PickleException($"{shown} reaches outside of the {stored} elements stored");
            }
        }

        if (elements > 0 ? last >= stored : offset > stored)
        {
            throw new PickleException($"{shown} reaches outside of the {stored} elements stored");
        }
    }

    private static long[] Numbers(PickleTuple tuple) =>
        [.. tuple.Items.Select(item => item is long number ? number : throw new PickleException("a size or stride is no whole number"))];
}
